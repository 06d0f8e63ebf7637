using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>Every kind of provider, answering as no provider should.</summary>
public class ProviderTestsFaults(GatewayFixture gateway) : ProviderTest(gateway)
{
    private const string Hello = $$"""{"model":"{{Model}}","messages":[{"role":"user","content":"Say hello!"}]}""";
    private const string HelloStream = $$"""{"model":"{{Model}}","messages":[{"role":"user","content":"Say hello!"}],"stream":true}""";

    private static readonly Reply[] NoAnswers =
    [
        Reply.Html(200), new(200, ""), new(200, "{not json"), new(200, "null"), new(200, "{}"), new(200, "\"Hello\""), new(200, "17"),
        new(200, "Hello there", "text/plain"), new(200, """{"object":"something","else":true}"""),
    ];

    public static TheoryData<string> Kinds => [.. ProviderCases.Wires];

    /// <summary>With: streamed.</summary>
    public static MatrixTheoryData<string, bool> KindsAndWays => new(ProviderCases.Wires, WholeAndStreamed);

    [Theory]
    [MemberData(nameof(KindsAndWays))]
    public async Task What_is_no_answer_is_not_passed_on(string kind, bool stream)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        Reply[] replies = [.. NoAnswers, new Reply(200, one.Uncounted, "application/json", "Content-Encoding: gzip")];
        foreach (var reply in replies)
        {
            provider.Next(new ModelScript(reply));

            using var response = await PostAsync(stream ? HelloStream : Hello);

            ((int)response.StatusCode).Should().Be(502, reply.Body);
            (await ErrorAsync(response)).Text("code").Should().Be("upstream_bad_response", reply.Body);
        }

        var calls = await CallsAsync(replies.Length);
        calls.Should().OnlyContain(call => call.Outcome == "upstream_error" && call.Cost == null && call.UnpricedReason == "upstream_failed");
        provider.Requests.Should().HaveCount(replies.Length, "each may have been billed, and is not sent twice");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_web_page_in_the_place_of_an_error_is_an_error_and_stays_here(string kind)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        foreach (var (upstream, status, code) in new[]
        {
            (502, 502, "upstream_error"), (503, 503, "upstream_overloaded"), (429, 429, "rate_limit_exceeded"), (504, 504, "upstream_timeout"),
            (401, 502, "upstream_authentication_error"),
        })
        {
            provider.Next(new ModelScript(Reply.Html(upstream)), new ModelScript(Reply.Html(upstream)));

            using var response = await PostAsync(Hello);

            var body = await response.Content.ReadAsStringAsync(Stop);
            ((int)response.StatusCode).Should().Be(status, body);
            body.Should().Contain($"\"{code}\"").And.NotContain("cloud-proxy");
            provider.Forget();   // where a credential is borrowed, it is asked for anew, and the call sent once more
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_redirect_is_not_followed(string kind)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        foreach (var status in new[] { 301, 302, 303, 307, 308 })
        {
            provider.Next(new ModelScript(new Reply(status, "", "text/plain", $"Location: {Upstream.Url}")));

            using var response = await PostAsync(Hello);

            ((int)response.StatusCode).Should().Be(502);
        }

        Upstream.Requests.Should().BeEmpty();
        (await CallsAsync(5)).Should().OnlyContain(call => call.Outcome == "upstream_error");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Headers_without_end_are_not_read_to_it(string kind)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        var headers = Enumerable.Range(0, 100).Select(n => $"X-{n}: {new string('x', 1024)}");
        provider.Next(new ModelScript(new Reply(200, "{}", "application/json", [.. headers])));

        using var response = await PostAsync(Hello);

        ((int)response.StatusCode).Should().Be(502);
        (await ErrorAsync(response)).Text("code").Should().Be("upstream_bad_response");
        (await CallsAsync(1)).Single().ErrorCode.Should().Be("upstream_bad_response");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Nobody_listening_is_a_bad_gateway_and_costs_nothing(string kind)
    {
        await (await ServeAsync(ProviderCases.Of(kind))).DisposeAsync();

        using var response = await PostAsync(Hello);

        ((int)response.StatusCode).Should().Be(502);
        var call = (await CallsAsync(1)).Single();
        (call.Outcome, call.ErrorCode, call.Cost, call.IsInLedger).Should().Be(("upstream_error", "upstream_connection_error", 0m, false));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task One_that_falls_silent_in_the_middle_is_hung_up_on(string kind)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        provider.Next(new ModelScript(new Say("Hel"), new UntilHungUp(new TaskCompletionSource(), hungUp) { IsSilent = true }));

        using var response = await PostAsync(HelloStream);

        var (text, broke) = await ReadToEndAsync(response);
        text.Should().Contain("Hel").And.Contain("\"upstream_stalled\"").And.NotContain("[DONE]");
        broke.Should().BeTrue("a clean end would look like success");
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        var call = (await CallsAsync(1)).Single();
        (call.Outcome, call.ErrorCode, call.Source).Should().Be(("upstream_error", "upstream_stalled", "estimated"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_event_beyond_any_honest_size_is_not_read_to_its_end(string kind)
    {
        const int Mebibyte = 1024 * 1024;
        var one = ProviderCases.Of(kind);
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var provider = await ServeAsync(one);
        provider.Answer = async call =>
        {
            await call.BeginStreamAsync(one.IsFramed ? BedrockFrames.MediaType : "text/event-stream");
            await call.SendChunkAsync(one.IsFramed ? EventStreamFrame.Prelude(64 * Mebibyte, 100) : "data: "u8.ToArray());
            try
            {
                var piece = new byte[Mebibyte];
                piece.AsSpan().Fill((byte)'x');
                for (var sent = 0; sent < 63; sent++)
                    await call.SendChunkAsync(piece);
            }
            catch (IOException)
            {
                hungUp.SetResult();
            }
        };

        using var response = await PostAsync(HelloStream);

        ((int)response.StatusCode).Should().Be(502);
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        (await CallsAsync(1)).Single().ErrorCode.Should().Be("upstream_bad_response");
    }

    public static TheoryData<string> FramedKinds => [.. ProviderCases.Wires.Where(name => ProviderCases.Of(name).IsFramed)];

    [Theory]
    [MemberData(nameof(FramedKinds))]
    public async Task A_frame_whose_checksum_is_wrong_is_not_believed(string kind)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        provider.Answer = async call =>
        {
            await call.BeginStreamAsync(BedrockFrames.MediaType);
            await call.SendChunkAsync(EventStreamFrame.Event("messageStart", """{"role":"assistant"}"""));
            await call.SendChunkAsync(EventStreamFrame.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hel"}}"""));
            var wrong = EventStreamFrame.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"lo"}}""");
            wrong[^6] ^= 1;
            await call.SendChunkAsync(wrong);
            await call.EndAsync();
        };

        using var response = await PostAsync(HelloStream);

        var (text, broke) = await ReadToEndAsync(response);
        text.Should().Contain("Hel").And.Contain("upstream_bad_response").And.NotContain("[DONE]");
        broke.Should().BeTrue("a clean end would look like success");
        (await CallsAsync(1)).Single().ErrorCode.Should().Be("upstream_bad_response");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Usage_that_is_told_more_than_once_counts_once(string kind)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        provider.Answer = one.CountsTwice;

        using var response = await PostAsync(HelloStream);

        (await ReadToEndAsync(response)).Text.Should().EndWith("data: [DONE]\n\n");
        await ShouldBeBookedAsync(one, new ModelUsage(Input: 20, Output: 7));
    }

    /// <summary>With: what it counts of everything, and streamed.</summary>
    public static MatrixTheoryData<string, long, bool> KindsAndCounts => new(ProviderCases.Wires, [-7, 200_000_000_000], WholeAndStreamed);

    [Theory]
    [MemberData(nameof(KindsAndCounts))]
    public async Task What_cannot_have_been_used_is_estimated(string kind, long count, bool stream)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        provider.Next(new ModelScript(new Say("Hello", " there")) { Usage = new ModelUsage(Input: count, Output: count) });

        using var response = await PostAsync(stream ? HelloStream : Hello);

        await ShouldBeEstimatedAsync(response);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_nobody_counted_is_estimated(string kind)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        provider.Next(new ModelScript(new Reply(200, one.Uncounted)));

        using var response = await PostAsync(Hello);

        await ShouldBeEstimatedAsync(response);
    }

    private async Task ShouldBeEstimatedAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(Stop);
        ((int)response.StatusCode).Should().Be(200, body);
        var call = (await CallsAsync(1)).Single();
        (call.Outcome, call.Source, call.UnpricedReason).Should().Be(("ok", "estimated", null));
        call.Prompt.Should().BeInRange(1, 100);
        call.Completion.Should().BeInRange(1, 100);
        call.Cost.Should().Be((call.Prompt * 0.00003m) + (call.Completion * 0.00006m));
    }
}
