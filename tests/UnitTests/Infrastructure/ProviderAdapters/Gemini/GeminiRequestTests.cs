using System.Text.Json.Nodes;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

public sealed class GeminiRequestTests : IDisposable
{
    private const string Signature = "c2lnbmVk";

    private readonly GeminiCalls gemini = new();

    [Theory]
    [InlineData("https://generativelanguage.googleapis.com/", "gemini-2.5-pro", false, "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent")]
    [InlineData("https://proxy.example/google/v1/", "gemini-2.5-pro", true, "https://proxy.example/google/v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/", "tunedModels/a b", false, "https://generativelanguage.googleapis.com/v1beta/tunedModels/a%20b:generateContent")]
    public void The_Gemini_API_is_asked_by_the_models_name(string baseUrl, string model, bool stream, string url) =>
        Url(GeminiSurface.ApiStudio(new Uri(baseUrl)), model, stream).Should().Be(url);

    [Theory]
    [InlineData("gemini-2.5-pro", false, "/publishers/google/models/gemini-2.5-pro:generateContent")]
    [InlineData("google/gemini-2.5-pro", true, "/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse")]
    [InlineData("publishers/google/models/gemini-1.5-pro@002", false, "/publishers/google/models/gemini-1.5-pro@002:generateContent")]
    [InlineData("1234567890", false, "/endpoints/1234567890:generateContent")]
    [InlineData("endpoints/77", true, "/endpoints/77:streamGenerateContent?alt=sse")]
    public void Vertex_AI_is_asked_by_project_and_location(string model, bool stream, string url) =>
        Url(GeminiCalls.Vertex, model, stream)
            .Should().Be($"https://europe-west4-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west4{url}");

    [Theory]
    [InlineData("\"parallel_tool_calls\":false,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "parallel_tool_calls")]
    [InlineData("\"logit_bias\":{\"1\":5}", "logit_bias")]
    [InlineData("\"prediction\":{\"type\":\"content\",\"content\":\"x\"}", "prediction")]
    [InlineData("\"store\":true", "store")]
    [InlineData("\"verbosity\":\"low\"", "verbosity")]
    [InlineData("\"service_tier\":\"scale\"", "service_tier")]
    [InlineData("\"audio\":{\"voice\":\"Kore\"}", "audio")]
    [InlineData("\"web_search_options\":{\"user_location\":{}}", "web_search_options.user_location")]
    [InlineData("\"web_search_options\":{\"search_context_size\":\"high\"}", "web_search_options.search_context_size")]
    [InlineData("\"no_such_thing\":1", "no_such_thing")]
    public void What_cannot_be_said_is_an_error_that_names_it_or_left_out_and_told(string member, string param)
    {
        var refused = gemini.Refused(With(member));
        refused.Param.Should().Be(param);
        refused.Code.Should().Be("unsupported_parameter");

        var sent = gemini.Sent(With(member), dropParams: true);
        sent.DroppedParams.Should().Equal(param);
        JsonNode.Parse(sent.Body.Span)!["generationConfig"]!.AsObject().Should().NotContainKey(param);
    }

    [Theory]
    [InlineData("\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]", "stop")]
    [InlineData("\"n\":9", "n")]
    [InlineData("\"seed\":2147483648", "seed")]
    [InlineData("\"seed\":1.5", "seed")]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"modalities\":[\"smell\"]", "modalities[0]")]
    [InlineData("\"modalities\":[\"audio\"],\"audio\":{\"format\":\"mp3\"}", "audio.format")]
    [InlineData("\"stream\":true,\"modalities\":[\"audio\"],\"audio\":{\"format\":\"wav\"}", "audio.format")]
    [InlineData("\"reasoning_effort\":\"enormous\"", "reasoning_effort")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"web_search_options\":{},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "web_search_options")]
    public void What_would_make_it_another_question_is_refused_whatever_may_be_left_out(string member, string param) =>
        gemini.Refused(With(member), dropParams: true).Param.Should().Be(param);

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}""", "{}", "messages[0].content[0].image_url.url")]
    [InlineData("""{"type":"image_url","image_url":{"url":"gs://bucket/a.png"}}""", "{}", "messages[0].content[0].image_url.url")]
    [InlineData("""{"type":"image_url","image_url":{"url":"GS://generativelanguage.googleapis.com/files/a.png"}}""", "{}", "messages[0].content[0].image_url.url")]
    [InlineData("""{"type":"file","file":{"file_id":"gs://bucket/a.pdf"}}""", """{"supports_gs_urls":false}""", "messages[0].content[0].file.file_id")]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}""", """{"supports_vision":false}""", "messages[0].content[0].image_url")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}""", """{"supports_audio_input":false}""", "messages[0].content[0].input_audio")]
    [InlineData("""{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}""", """{"supports_pdf_input":false}""", "messages[0].content[0].file")]
    [InlineData("""{"type":"file","file":{"file_id":"file-abc"}}""", "{}", "messages[0].content[0].file.file_id")]
    public void A_part_that_the_model_or_the_surface_does_not_take_is_refused_by_its_place(string part, string capabilities, string param)
    {
        var error = gemini.Refused(
            $$"""{"model":"gemini-2.5-pro","messages":[{"role":"user","content":[{{part}}]}]}""", dropParams: true, capabilities: capabilities);

        error.Param.Should().Be(param);
        error.Message.Should().NotContain("gs://");
    }

    [Theory]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", """{"supports_function_calling":false}""", "tools")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{}}}", """{"supports_response_schema":false}""", "response_format.type")]
    [InlineData("\"reasoning_effort\":\"low\"", """{"supports_reasoning":false}""", "reasoning_effort")]
    [InlineData("\"web_search_options\":{}", """{"supports_web_search":false}""", "web_search_options")]
    public void What_the_catalogue_says_a_model_cannot_is_refused(string member, string capabilities, string param) =>
        gemini.Refused(With(member), capabilities: capabilities).Param.Should().Be(param);

    [Theory]
    [InlineData("gemini-2.5-flash", "none", """{"thinkingBudget":0}""")]
    [InlineData("gemini-2.5-flash", "minimal", """{"includeThoughts":true,"thinkingBudget":1}""")]
    [InlineData("gemini-2.5-flash-lite", "minimal", """{"includeThoughts":true,"thinkingBudget":512}""")]
    [InlineData("gemini-2.5-pro", "none", """{"thinkingBudget":128}""")]
    [InlineData("gemini-2.5-pro-preview-05-06", "low", """{"includeThoughts":true,"thinkingBudget":1024}""")]
    [InlineData("gemini-2.5-flash", "high", """{"includeThoughts":true,"thinkingBudget":4096}""")]
    [InlineData("gemini-3-pro-preview", "medium", """{"includeThoughts":true,"thinkingLevel":"HIGH"}""")]
    [InlineData("gemini-3.1-pro-preview", "medium", """{"includeThoughts":true,"thinkingLevel":"MEDIUM"}""")]
    [InlineData("gemini-3.1-pro-preview", "none", """{"thinkingLevel":"LOW"}""")]
    [InlineData("gemini-3.6-flash", "minimal", """{"includeThoughts":true,"thinkingLevel":"MINIMAL"}""")]
    [InlineData("publishers/google/models/gemini-3.6-flash", "xhigh", """{"includeThoughts":true,"thinkingLevel":"HIGH"}""")]
    [InlineData("1234", "low", """{"includeThoughts":true,"thinkingLevel":"LOW"}""")]
    [InlineData("gemini-2.5-flash", null, """{"includeThoughts":true}""")]
    [InlineData("gemini-3-flash-preview", null, """{"includeThoughts":true}""")]
    [InlineData("gemini-2.0-flash", null, null)]
    [InlineData("gemini-2.0-flash", "none", null)]
    [InlineData("1234", null, null)]
    public void How_hard_to_think_is_said_as_the_model_knows_it(string model, string? effort, string? config)
    {
        var member = effort is null ? "" : $",\"reasoning_effort\":\"{effort}\"";
        var sent = gemini.Body($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}]{{member}}}""", GeminiCalls.Vertex);

        (sent["generationConfig"]!["thinkingConfig"]?.ToJsonString()).Should().Be(config);
    }

    [Fact]
    public void An_operators_word_on_budgets_goes_before_the_table() =>
        gemini.Body(With("\"reasoning_effort\":\"high\""), capabilities: """{"thinking_budget_high":9000}""")["generationConfig"]!["thinkingConfig"]!["thinkingBudget"]!
            .GetValue<int>().Should().Be(9000);

    [Theory]
    [InlineData("\"auto\"", """{"mode":"AUTO"}""")]
    [InlineData("\"none\"", """{"mode":"NONE"}""")]
    [InlineData("\"required\"", """{"mode":"ANY"}""")]
    [InlineData("""{"type":"function","function":{"name":"now"}}""", """{"mode":"ANY","allowedFunctionNames":["now"]}""")]
    [InlineData("null", null)]
    public void The_choice_of_a_tool_has_Googles_word(string choice, string? config)
    {
        var sent = gemini.Body(GeminiCalls.WithTools.Replace("\"n\":3", $"\"tool_choice\":{choice}", StringComparison.Ordinal));

        (sent["toolConfig"]?["functionCallingConfig"]?.ToJsonString()).Should().Be(config);
        sent["tools"]![0]!["functionDeclarations"]!.AsArray().Should().HaveCount(3);
    }

    [Fact]
    public void A_tier_is_asked_for_where_each_surface_has_it()
    {
        gemini.Sent(With("\"service_tier\":\"priority\""), GeminiCalls.Vertex).Headers.Should().Equal(
            [new("X-Vertex-AI-LLM-Request-Type", "shared"), new("X-Vertex-AI-LLM-Shared-Request-Type", "priority")]);
        gemini.Body(With("\"service_tier\":\"priority\""), GeminiCalls.Vertex)["serviceTier"].Should().BeNull();
        gemini.Sent(With("\"service_tier\":\"priority\"")).Headers.Should().BeEmpty();
        gemini.Body(With("\"service_tier\":\"priority\""))["serviceTier"]!.GetValue<string>().Should().Be("priority");
        gemini.Body(With("\"service_tier\":\"default\""))["serviceTier"].Should().BeNull();
    }

    [Fact]
    public void A_signature_comes_back_to_the_model_although_the_caller_forgot_it()
    {
        gemini.Whole(
            $$"""{"candidates":[{"content":{"parts":[{"functionCall":{"id":"fc-1","name":"now"},"thoughtSignature":"{{Signature}}"}]},"finishReason":"STOP"}]}""",
            FollowUp("fc-0", "gemini-3-pro-preview"));

        CallSent("fc-1")["thoughtSignature"]!.GetValue<string>().Should().Be(Signature);
        CallSent("fc-2")["thoughtSignature"]!.GetValue<string>().Should().Be("skip_thought_signature_validator");
        CallSent("fc-2", "gemini-2.5-pro")["thoughtSignature"].Should().BeNull();
    }

    [Fact]
    public void A_refused_signature_is_not_sent_twice()
    {
        gemini.Thoughts.Keep(Chats.Owner("gemini-3-pro-preview"), "fc-1", [new ThinkingBlock(null, Signature, null)]);
        var sent = gemini.Sent(FollowUp("fc-1", "gemini-3-pro-preview"));

        var again = sent.Amend!(new UpstreamFailure("INVALID_ARGUMENT", null, "Function call `now` is missing a valid thought_signature.", null));

        Chats.Text(sent.Body).Should().Contain(Signature);
        Chats.Text(again!.Body).Should().NotContain(Signature).And.Contain("skip_thought_signature_validator");
        sent.Amend(new UpstreamFailure("INVALID_ARGUMENT", null, "Something else.", null)).Should().BeNull();
    }

    [Theory]
    [InlineData("Invalid JSON payload received. Unknown name \"parametersJsonSchema\" at 'tools[0]': Cannot find field.", "parametersJsonSchema", "\"parameters\":{\"type\":\"OBJECT\"")]
    [InlineData("Thinking_config.include_thoughts is only enabled when thinking is enabled.", "includeThoughts", "parametersJsonSchema")]
    public void A_way_of_saying_it_that_a_model_refuses_is_replaced_by_another(string refusal, string gone, string there)
    {
        var sent = gemini.Sent(With("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}}}]"));

        var again = sent.Amend!(new UpstreamFailure("INVALID_ARGUMENT", null, refusal, null))!;

        Chats.Text(sent.Body).Should().Contain(gone);
        Chats.Text(again.Body).Should().NotContain(gone).And.Contain(there);
    }

    [Theory]
    [InlineData("""{"role":"user","content":"Hi"},{"role":"tool","tool_call_id":"x","content":"1"}""", "messages[1].tool_call_id")]
    [InlineData("""{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f"}}]},{"role":"user","content":"?"}""", "messages[1].tool_calls[0]")]
    [InlineData("""{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f"}}]}""", "messages[1].tool_calls[0]")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"a","content":"2"}""", "messages[2].tool_call_id")]
    [InlineData("""{"role":"user","content":""}""", "messages[0].content")]
    [InlineData("""{"role":"system","content":[{"type":"image_url","image_url":{"url":"data:,x"}}]},{"role":"user","content":"Hi"}""", "messages[0].content[0]")]
    public void Messages_that_do_not_belong_together_are_named(string messages, string param) =>
        gemini.Refused($$"""{"model":"gemini-2.5-pro","messages":[{{messages}}]}""").Param.Should().Be(param);

    [Fact]
    public void A_model_that_cannot_search_is_not_told_to_where_that_may_be_left_out()
    {
        var sent = gemini.Sent(With("\"web_search_options\":{}"), dropParams: true, capabilities: """{"supports_web_search":false}""");

        sent.DroppedParams.Should().Equal("web_search_options");
        JsonNode.Parse(sent.Body.Span)!["tools"].Should().BeNull();
    }

    [Fact]
    public void A_schema_that_would_unfold_without_end_stays_small()
    {
        var levels = Enumerable.Range(0, 30).Select(level => "\"D" + level + "\":{\"type\":\"object\",\"properties\":{"
            + string.Join(',', "ab".Select(name => "\"" + name + "\":{\"$ref\":\"#/$defs/D" + (level + 1) + "\"}")) + "}}");
        var schema = "{\"type\":\"object\",\"properties\":{\"r\":{\"$ref\":\"#/$defs/D0\"}},\"$defs\":{" + string.Join(',', levels) + ",\"D30\":{\"type\":\"string\"}}}";

        var sent = gemini.Sent(
            "{\"model\":\"gemini-1.5-pro\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
            + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":" + schema + "}}]}");

        sent.Body.Length.Should().BeLessThan(1_000_000);
    }

    public void Dispose() => gemini.Dispose();

    private string Url(GeminiSurface surface, string model, bool stream) =>
        gemini.Sent($$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hi"}]}""", surface).Url.AbsoluteUri;

    private JsonNode CallSent(string id, string model = "gemini-3-pro-preview") => gemini.Body(FollowUp(id, model))["contents"]![1]!["parts"]![0]!;

    private static string FollowUp(string id, string model) =>
        $$$"""
        {"model":"{{{model}}}","messages":[{"role":"user","content":"Hi"},
          {"role":"assistant","tool_calls":[{"id":"{{{id}}}","type":"function","function":{"name":"now"}}]},{"role":"tool","tool_call_id":"{{{id}}}","content":"1"}]}
        """;

    private static string With(string member) => $$"""{"model":"gemini-2.5-pro","messages":[{"role":"user","content":"Hi"}],{{member}}}""";
}
