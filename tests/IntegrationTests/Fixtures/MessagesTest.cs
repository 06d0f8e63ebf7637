using System.Text;
using System.Text.Json;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What tests of Anthropic's API have in common: calls as its clients make them, and its events.</summary>
public abstract class MessagesTest(GatewayFixture gateway) : ChatTest(gateway)
{
    protected const string HelloMessage = """{"model":"gpt-4","max_tokens":50,"messages":[{"role":"user","content":"Say hello!"}]}""";
    protected const string HelloMessageStream = """{"model":"gpt-4","max_tokens":50,"messages":[{"role":"user","content":"Say hello!"}],"stream":true}""";

    /// <summary>A call with the key in the header that Anthropic's clients put it in.</summary>
    protected async Task<HttpResponseMessage> SayAsync(
        string body = HelloMessage, string? key = Key, string path = "/v1/messages", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("anthropic-version", "2023-06-01");
        if (key is not null)
            request.Headers.Add("x-api-key", key);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await Client(key: null).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    /// <summary>The events of a stream, after checking that each has the name that it says it has, and nothing stands between them.</summary>
    protected static List<JsonElement> EventsIn(string stream) =>
    [
        .. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(text =>
        {
            var lines = text.Split('\n');
            lines.Should().HaveCount(2);
            var data = JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement;
            lines[0].Should().Be($"event: {data.GetProperty("type").GetString()}");
            return data;
        }),
    ];

    /// <summary>Type and message of an error in Anthropic's shape, after checking the shape.</summary>
    protected async Task<(int Status, string? Type, string? Message)> WrongAsync(HttpResponseMessage response)
    {
        var body = await JsonAsync(response);
        var id = response.Headers.GetValues("request-id").Single();
        response.Headers.GetValues("X-Request-ID").Single().Should().Be(id);
        body.EnumerateObject().Select(member => member.Name).Should().Equal("type", "error", "request_id");
        (body.GetProperty("type").GetString(), body.GetProperty("request_id").GetString()).Should().Be(("error", id));
        var error = body.GetProperty("error");
        return ((int)response.StatusCode, error.GetProperty("type").GetString(), error.GetProperty("message").GetString());
    }
}
