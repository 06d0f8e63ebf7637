namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What tests of responses and of embeddings have in common: models for them, and answers as an upstream gives them.</summary>
public abstract class InferenceTest(GatewayFixture gateway) : ChatTest(gateway)
{
    protected const string Vectors =
        """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5, -1e-3]}],"model":"embed-x-2026","usage":{"prompt_tokens":8,"total_tokens":8}, "x_new":1.0}""";

    /// <summary>A response with "Hello there", 9 tokens in, 3 out.</summary>
    protected const string Response =
        """{"id":"resp_1","object":"response","status":"completed","error":null,"model":"gpt-x-2026","output":[{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello there","annotations":[]}]}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":12}, "x_new":1.0}""";

    protected const string Created = """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","model":"gpt-x-2026","output":[],"usage":null}}""";
    protected const string ItemAdded = """{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","role":"assistant","status":"in_progress","content":[]}}""";
    protected const string Failed = """{"type":"response.failed","sequence_number":3,"response":{"id":"resp_1","object":"response","status":"failed","model":"gpt-x-2026","output":[],"error":{"code":"rate_limit_exceeded","message":"Slow down."},"usage":null}}""";

    protected static string Completed => $$"""{"type":"response.completed","sequence_number":4,"response":{{Response}}}""";

    protected static string Text(string delta) =>
        $$"""{"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"{{delta}}","logprobs":[]}""";

    /// <summary>As OpenAI frames them: the type is the event's name too.</summary>
    protected static string Named(params string[] events) => string.Concat(events.Select(data => $"event: {TypeOf(data)}\ndata: {data}\n\n"));

    /// <summary>A key, and a model for embeddings at $0.02 for a thousand tokens, without a rate for output.</summary>
    protected async Task<Guid> ServeEmbeddingsAsync(string model = "embed-x")
    {
        var key = await IssueKeyAsync();
        await ServeAsync();
        await SqlAsync("INSERT INTO models (model_name, litellm_provider, mode, input_cost_per_token) VALUES ($1, 'openai', 'embedding', 0.00002)", model);
        await Gateway.SettledAsync();
        return key;
    }

    protected async Task LimitAsync(string limits)
    {
        await SqlAsync($"UPDATE api_keys SET {limits}");
        await Gateway.SettledAsync();
    }

    protected Task<HttpResponseMessage> EmbedAsync(string body = """{"model":"embed-x","input":"Say hello!"}""") => PostAsync(body, path: "/v1/embeddings");

    protected Task<HttpResponseMessage> RespondAsync(string more = "") =>
        PostAsync($$"""{"model":"gpt-4","input":"Say hello!"{{more}}}""", path: "/v1/responses");

    /// <summary>Sends these events as a stream, and ends as told.</summary>
    private protected static Func<UpstreamCall, Task> Stream(string events, Func<UpstreamCall, Task>? then = null) => async call =>
    {
        await call.BeginStreamAsync();
        await call.SendChunkAsync(events);
        await (then is null ? call.EndAsync() : then(call));
    };

    private static string TypeOf(string data) => System.Text.Json.JsonDocument.Parse(data).RootElement.GetProperty("type").GetString()!;
}
