using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Bridges;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;
using CleanGateway.UnitTests.Application.Messages;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Bridges;

public class MessagesOverChatTests
{
    private readonly ManualTime clock = new();

    [Fact]
    public async Task A_provider_of_chats_answers_messages()
    {
        var (inner, bridge) = ChatOnly();
        inner.SendAsync(default!, default!, Stop).ReturnsForAnyArgs(new InferenceOutcome.Completed(
            """{"id":"c","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"""u8.ToArray(), UsageReport.Of(new TokenUsage(9, 3)), "gpt-x")
        {
            DroppedParams = ["stop", "top_k"],
        });

        var outcome = await bridge.SendAsync(Native.Read(Native.Hello), Chats.Target("m"), Stop);

        outcome.Should().BeOfType<InferenceOutcome.Completed>().Which.Should().Match<InferenceOutcome.Completed>(completed =>
            completed.Usage == UsageReport.Of(new TokenUsage(9, 3)) && completed.Model == "gpt-x" && Chats.Text(completed.Json).StartsWith("{\"id\":\"msg_c\"", StringComparison.Ordinal));
        outcome.DroppedParams.Should().Equal("stop_sequences", "top_k");
        var sent = inner.ReceivedCalls().Select(call => call.GetArguments()[0]).OfType<ChatRequest>().Single();
        (sent.MaxTokens, sent.IsCapped, sent.Stream).Should().Be((10L, true, false));
    }

    [Theory]
    [InlineData("stop", "'stop' is not supported", "stop_sequences", "'stop_sequences' is not supported")]
    [InlineData("stop[2]", "Invalid 'stop[2]'", "stop_sequences[2]", "Invalid 'stop_sequences[2]'")]
    [InlineData("messages", "Too long", "messages", "Too long")]
    [InlineData("messages[0].content", "Invalid 'messages[0].content'.", "system", "Invalid 'system'.")]
    [InlineData("messages[1].content[3].text", "Invalid 'messages[1].content[3].text'.", "messages[0].content", "Invalid 'messages[0].content'.")]
    [InlineData("messages.[1].role", "Wrong", "messages[0].role", "Wrong")]
    [InlineData("messages.2.tool_calls.0.function.arguments", "Wrong", "messages[1].content", "Wrong")]
    [InlineData("messages[3].tool_call_id", "Wrong", "messages[2].content[1].tool_use_id", "Wrong")]
    [InlineData("messages[4]", "Wrong", "messages[2]", "Wrong")]
    [InlineData("messages[5]", "Wrong", null, "Wrong")]
    [InlineData(null, "messages[2].content.1: must be x. See messages.1.", null, "messages[1].content: must be x. See messages[0].")]
    [InlineData("tools[0].function.name", "Invalid \"tools[0].function.name\"", "tools[1].name", "Invalid \"tools[1].name\"")]
    [InlineData("tools[0].function.parameters.properties.x", "Wrong", "tools[1].input_schema.properties.x", "Wrong")]
    [InlineData("tools[1]", "Wrong", null, "Wrong")]
    [InlineData("response_format.json_schema.schema.type", "Wrong", "output_format.schema.type", "Wrong")]
    [InlineData("response_format.json_schema.name", "Wrong", "output_format", "Wrong")]
    [InlineData("tool_choice.function.name", "Wrong", "tool_choice.name", "Wrong")]
    [InlineData("reasoning_effort", "Wrong", "output_config.effort", "Wrong")]
    [InlineData("max_completion_tokens", "Wrong", "max_tokens", "Wrong")]
    [InlineData("top_k", "Wrong", "top_k", "Wrong")]
    [InlineData("stream_options", "Wrong", null, "Wrong")]
    [InlineData("größe", "Wrong", null, "Wrong")]
    public async Task What_is_wrong_with_the_chat_is_told_in_the_callers_own_names(string? param, string message, string? told, string words)
    {
        var request = Native.Read(
            """
            {"model":"m","max_tokens":9,"system":"Be brief","tools":[{"type":"web_search_20250305","name":"s"},{"name":"w"}],
             "tool_choice":{"type":"tool","name":"w"},"stop_sequences":["a","b","c"],"output_config":{"effort":"low"},
             "output_format":{"type":"json_schema","schema":{"type":"object"}},
             "messages":[{"role":"user","content":"Hi"},
              {"role":"assistant","content":[{"type":"text","text":"x"},{"type":"tool_use","id":"t","name":"w","input":{}}]},
              {"role":"user","content":[{"type":"text","text":"y"},{"type":"tool_result","tool_use_id":"t","content":"1"}]}]}
            """);
        var (inner, bridge) = ChatOnly();
        inner.SendAsync(default!, default!, Stop).ReturnsForAnyArgs(
            new InferenceOutcome.Refused(GatewayError.Invalid(message, param, "invalid_value")) { DroppedParams = ["messages[1].name", "verbosity"] });
        var target = Chats.Target("m") with { DropParams = true };

        var refused = (await bridge.SendAsync(request, target, Stop)).Should().BeOfType<InferenceOutcome.Refused>().Subject;

        (refused.Error.Param, refused.Error.Message, refused.Error.Code).Should().Be((told, words, "invalid_value"));
        refused.DroppedParams.Should().EndWith(["messages[0]", "verbosity"]);
    }

    [Fact]
    public async Task Overload_is_told_by_its_own_number_only_where_the_provider_is_Anthropic()
    {
        var error = new GatewayError(GatewayErrorKind.UpstreamOverloaded, "upstream_overloaded", "Full.") { UpstreamStatus = 529 };
        var (inner, bridge) = ChatOnly();
        inner.SendAsync(default!, default!, Stop).ReturnsForAnyArgs(new InferenceOutcome.Refused(error));

        var refused = (await bridge.SendAsync(Native.Read(Native.Hello), Chats.Target("m"), Stop)).Should().BeOfType<InferenceOutcome.Refused>().Subject;

        ErrorBody.StatusOf(refused.Error, ApiFormat.Messages).Should().Be(503);
        ErrorBody.StatusOf(error, ApiFormat.Messages).Should().Be(529);
        ErrorBody.StatusOf(error, ApiFormat.ChatCompletions).Should().Be(503);
    }

    [Fact]
    public async Task Tokens_are_estimated_where_nobody_counts_them()
    {
        var (inner, bridge) = ChatOnly();
        MessageTokensRequest.TryParse(Encoding.UTF8.GetBytes(Native.Hello), MessagesHeaders.None, out var request, out _);

        var counted = (await bridge.SendAsync(request, Chats.Target("m"), Stop)).Should().BeOfType<InferenceOutcome.Completed>().Subject;

        Chats.Text(counted.Json).Should().Be("""{"input_tokens":2}""");
        counted.Usage.Should().Be(UsageReport.None);
        await inner.DidNotReceiveWithAnyArgs().SendAsync(default!, default!, Stop);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_speaks_Anthropics_API_gets_and_gives_every_byte_as_it_is(bool stream)
    {
        HttpRequestMessage? seen = null;
        var body = "";
        var answer = stream
            ? string.Concat(Native.Events.Select(data => $"event: {JsonDocument.Parse(data).RootElement.GetProperty("type").GetString()}\ndata: {data}\n\n"))
            : Native.Whole;
        var provider = new MessagesOverChat(ProviderWith(request =>
        {
            seen = request;
            body = request.Content!.ReadAsStringAsync(Stop).GetAwaiter().GetResult();
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(answer, null, stream ? "text/event-stream" : "application/json") };
        }), clock);
        var asked = $$"""{ "max_tokens" : 10 ,"x":1.50, "model":"m", "stream":{{(stream ? "true" : "false")}}, "messages":[{"role":"user","content":"\u0048i"}] }""";
        var request = Native.Read(asked, new MessagesHeaders("2026-10-21", "a-1,b-2")).Capped(7);

        var outcome = await provider.SendAsync(request, Chats.Target("claude-up"), Stop);

        body.Should().Be(asked.Replace("\"m\"", "\"claude-up\"", StringComparison.Ordinal).Replace(" : 10 ", " : 7 ", StringComparison.Ordinal));
        seen!.Headers.GetValues("anthropic-version").Should().Equal("2026-10-21");
        seen.Headers.GetValues("anthropic-beta").Should().Equal("a-1,b-2");
        if (!stream)
        {
            Chats.Text(outcome.Should().BeOfType<InferenceOutcome.Completed>().Subject.Json).Should().Be(Native.Whole);
            return;
        }

        await using var events = outcome.Should().BeOfType<InferenceOutcome.Streaming>().Subject.Events;
        var said = new List<string>();
        while (await events.MoveNextAsync())
            said.Add($"event: {events.Name}\ndata: {Chats.Text(events.Current)}\n\n");
        string.Concat(said).Should().Be(answer);
        events.Error.Should().BeNull();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private (IInferenceProvider Inner, MessagesOverChat Bridge) ChatOnly()
    {
        var inner = Substitute.For<IInferenceProvider>();
        inner.Speaks(ApiFormat.ChatCompletions, Arg.Any<InferenceTarget>()).Returns(true);
        return (inner, new MessagesOverChat(inner, clock));
    }

    private HttpProvider ProviderWith(Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        var account = Chats.Account();
        return new HttpProvider(
            account, new NativeDialect(), new BearerCredential(account.Credentials), new ServerSentEvents(), new HttpMessageInvoker(new Upstream(answer)),
            new UpstreamTimeouts(FirstByte: TimeSpan.FromSeconds(60), Idle: TimeSpan.FromSeconds(10)), clock, NullLogger.Instance);
    }

    private sealed class Upstream(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }

    /// <summary>The least that a dialect does which speaks Anthropic's API itself.</summary>
    private sealed class NativeDialect : IDialect
    {
        public bool Speaks(ApiFormat api, InferenceTarget target) => api == ApiFormat.Messages;

        public DialectRequest Write(InferenceRequest request, InferenceTarget target)
        {
            var messages = (MessagesRequest)request;
            var edits = new JsonEdits().Replace(messages.ModelAt, JsonSerializer.SerializeToUtf8Bytes(target.UpstreamModel));
            if (messages.IsCapped)
                edits.Replace(messages.MaxTokensAt!.Value, JsonSerializer.SerializeToUtf8Bytes(messages.MaxTokens));
            return new UpstreamMessage(new Uri("https://api.example.com/v1/messages"), edits.ApplyTo(messages.Body), new PassThrough(default))
            {
                Headers = [new("anthropic-version", messages.Headers.Version), new("anthropic-beta", messages.Headers.Beta!)],
            };
        }

        public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers) => UpstreamFailure.Read(body);

        public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => UpstreamErrorKind.Failed;
    }
}
