using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>Contents that a database may not like, in one batch with many others.</summary>
public class FaultTestsContents(GatewayFixture gateway) : FaultTest(gateway)
{
    private static readonly (string Content, string More)[] Poisons =
    [
        (@"\u0000", ""),
        (@"a\u0000b\ud800", ",\"metadata\":{\"note\":\"\\ud800\"}"),
        (@"\udc00\ud83d", ",\"metadata\":{\"\\u0000\":\"\\u0000\"}"),
        ("deep", $",\"metadata\":{{\"deep\":{new string('[', 60)}{new string(']', 60)}}}"),
        ("\u202e\uFFFE\U0001F600", ",\"metadata\":{\"huge\":1e400,\"long\":123456789012345678901234567890}"),
    ];

    [Fact]
    public async Task Poison_in_a_batch_costs_no_other_call_its_row()
    {
        var deep = new string('[', 200) + new string(']', 200);
        Upstream.Answer = call => call.Request.WantsStream ? FaultUpstream.AnswerAsync(call) : call.RespondAsync(
            200,
            $$$"""
            {"id":"\u0000","object":"chat.completion","model":"m\ud800","deep":{{{deep}}},"choices":[{"index":0,"finish_reason":"stop",
             "message":{"role":"assistant","content":"\u0000\udc00"}}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}
            """);
        var running = await ServeAsync();

        // What the database itself refuses, it accepts in the safe form.
        await Database.ExecuteAsync("ALTER TABLE requests ADD CONSTRAINT poison CHECK (user_id NOT LIKE 'refused%' OR headers IS NULL)");
        await Database.AllowAsync(connections: false);
        for (var call = 0; call < 120; call++)
        {
            var (content, more) = call % 4 == 0 ? Poisons[call / 4 % Poisons.Length] : ("Say hello!", "");
            var user = (call % 30 == 7 ? "refused" : "taken") + $"-{call}";
            (await Callers.CallAsync(user, stream: call % 3 == 0, content, more)).Succeeded.Should().BeTrue();
        }

        await Database.AllowAsync(connections: true);

        await EndsEvenAsync(running);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM requests WHERE body_form = 'base64'")).Should().Be(4, "that many were refused");
    }
}
