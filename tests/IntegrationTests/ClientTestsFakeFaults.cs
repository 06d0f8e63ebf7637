using System.Net;
using System.Text;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>The fakes fail as they are told to, on every wire.</summary>
public class ClientTestsFakeFaults(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Messages = """ "messages":[{"role":"user","content":"Say hello!"}] """;

    public static TheoryData<string> Wires => ["anthropic", "gemini", "bedrock", "azure"];

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_stream_waits_until_it_is_told_to_go_on(string wire)
    {
        await using var provider = Start(wire);
        var go = new TaskCompletionSource();
        provider.Next(new ModelScript(new Say("Hel"), new Hold(go.Task), new Say("lo")));

        using var answer = await AskAsync(provider, wire);
        await using var body = await answer.Content.ReadAsStreamAsync(Stop);
        var before = await ReadUntilAsync(body, "Hel");
        go.SetResult();
        var after = await new StreamReader(body, Encoding.Latin1).ReadToEndAsync(Stop);

        before.Should().NotContain("\"lo\"");
        after.Should().Contain("\"lo\"");
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_stream_is_reset_or_closed_or_ends_unfinished(string wire)
    {
        await using var provider = Start(wire);
        foreach (var way in Enum.GetValues<BreakOffWay>())
        {
            provider.Next(new ModelScript(new Say("Hel"), new BreakOff(way)));

            (await BreaksAsync(provider, wire)).Should().Be(way != BreakOffWay.Unfinished, $"it was {way}");
        }
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task An_answer_is_what_the_script_says_byte_by_byte(string wire)
    {
        await using var provider = Start(wire);
        provider.Next(new ModelScript(Reply.Html(502)) { PieceSize = 1 });

        using var answer = await AskAsync(provider, wire);

        answer.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await answer.Content.ReadAsStringAsync(Stop)).Should().Contain("cloud-proxy");
    }

    private static FakeProvider Start(string wire) => wire switch
    {
        "anthropic" => new FakeAnthropic(),
        "gemini" => new FakeGemini(),
        "bedrock" => new FakeBedrock(),
        _ => new FakeAzure(),
    };

    private Task<HttpResponseMessage> AskAsync(FakeProvider provider, string wire)
    {
        var (path, body, header, value) = wire switch
        {
            "anthropic" => ("/v1/messages", $$"""{"model":"claude-x","max_tokens":9,"stream":true,{{Messages}}}""", "x-api-key", FakeAnthropic.Key),
            "gemini" => (
                "/v1beta/models/gemini-x:streamGenerateContent?alt=sse", """{"contents":[{"parts":[{"text":"x"}]}]}""", "x-goog-api-key",
                FakeGemini.Key),
            "bedrock" => (
                "/model/m/converse-stream", """{"messages":[{"role":"user","content":[{"text":"x"}]}]}""", "Authorization",
                $"Bearer {FakeBedrock.ApiKey}"),
            _ => ("/openai/v1/chat/completions", $$"""{"model":"{{FakeAzure.Deployment}}","stream":true,{{Messages}}}""", "api-key", FakeAzure.Key),
        };
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(provider.Url, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation(header, value);
        request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        return Client(key: null).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    // A reset may take with it what had been said before, even the head.
    private async Task<bool> BreaksAsync(FakeProvider provider, string wire)
    {
        try
        {
            using var answer = await AskAsync(provider, wire);
            await answer.Content.ReadAsByteArrayAsync(Stop);
            return false;
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return true;
        }
    }

    private async Task<string> ReadUntilAsync(Stream body, string word)
    {
        var read = "";
        var next = new byte[1];
        while (!read.Contains(word, StringComparison.Ordinal))
        {
            await body.ReadExactlyAsync(next, Stop);
            read += (char)next[0];
        }

        return read;
    }
}
