using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Reads Anthropic's requests and words its refusals, wherever Claude is asked.</summary>
internal static class AnthropicEndpoint
{
    public static ModelRequest Read(JsonElement body, string model, bool stream)
    {
        var turns = AnthropicTurns.Read(body);
        var calls = turns.SelectMany(turn => turn.Blocks).Where(block => block.Text("type") == "tool_use").ToList();
        var last = turns[^1].Blocks;
        return new ModelRequest
        {
            Model = model,
            WantsStream = stream,
            WantsThinking = body.Get("thinking").Text("type") is "enabled" or "adaptive",
            WantsJson = body.Get("output_config").Get("format").Text("type") == "json_schema",
            Tools = [.. Tools(body)],
            OneCallOnly = body.Get("tool_choice") is var choice && (choice.IsTrue("disable_parallel_tool_use") || choice.Text("type") == "tool"),
            EarlierCalls = calls.Count,
            Outcomes = [.. last.Where(block => block.Text("type") == "tool_result").Select(result => Outcome(result, calls))],
            Picture = last.Where(block => block.Text("type") == "image").Select(image => PictureOf(image.Get("source"))).LastOrDefault(),
        };
    }

    /// <summary>A number that depends on what was asked.</summary>
    public static int CountTokens(JsonElement body) =>
        AnthropicTurns.Read(body).Sum(turn => 3 + turn.Blocks.Sum(block => Embedding.Tokens(block.Text("text") ?? "")));

    /// <param name="headers">Lines of the head.</param>
    public static Task RefuseAsync(UpstreamCall call, int status, string message, string? type = null, params string[] headers) => call.RespondAsync(
        status,
        JsonReading.ToJson(new { type = "error", error = new { type = type ?? TypeOf(status), message }, request_id = FakeAnthropic.RequestId }),
        headers: [$"request-id: {FakeAnthropic.RequestId}", .. headers]);

    public static string TypeOf(int status) => status switch
    {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };

    private static IEnumerable<OfferedTool> Tools(JsonElement body)
    {
        var choice = body.Get("tool_choice");
        return body.Items("tools").Select(tool => new OfferedTool(tool.Text("name")!, tool.Get("input_schema")))
            .Where(tool => choice.Text("type") switch
            {
                "none" => false,
                "tool" => choice.Text("name") == tool.Name,
                _ => true,
            });
    }

    private static ToolOutcome Outcome(JsonElement result, List<JsonElement> calls)
    {
        var call = calls.Last(call => call.Text("id") == result.Text("tool_use_id"));
        var text = string.Concat(AnthropicTurns.BlocksOf(result.Get("content")).Select(block => block.Text("text")));
        return new ToolOutcome(call.Text("name")!, call.Get("input"), text, result.IsTrue("is_error"));
    }

    private static string PictureOf(JsonElement source) =>
        source.Text("data") is { } data ? ModelRequest.PictureOf(data) : $"at {source.Text("url") ?? source.Text("file_id")}";
}
