using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>What of a caller's head reaches a provider, and of a provider's a caller: nothing, whatever the wire.</summary>
public class ProviderTestsHeaders(GatewayFixture gateway) : ProviderTest(gateway)
{
    private const string Canary = "canary";

    /// <summary>All that a caller may find in an answer.</summary>
    private static readonly string[] Ours =
    [
        "Date", "X-Request-ID", "X-DB-Overhead", "X-Total-Latency", "Cache-Control", "Content-Security-Policy", "X-Content-Type-Options", "request-id",
        "Content-Type", "Content-Length", "Transfer-Encoding", "X-Accel-Buffering",
    ];

    public static TheoryData<string> Kinds => [.. ProviderCases.Wires];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Nothing_of_the_callers_head_reaches_a_provider(string kind)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        foreach (var path in (string[])["/v1/chat/completions", "/v1/messages"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{path}?api_key={Canary}&beta=true")
            {
                Content = new StringContent($$"""{"model":"{{Model}}","max_tokens":50,"messages":[{"role":"user","content":"Say hello!"}]}"""),
            };
            request.Content.Headers.ContentType = new("application/json");
            foreach (var name in new[]
            {
                "Cookie", "X-Goog-Api-Key", "Api-Key", "X-Amz-Security-Token", "X-Amz-Target", "OpenAI-Organization", "OpenAI-Project", "X-Forwarded-For",
                "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via", "X-Content-Length", "X-Hop", "Proxy-Authorization", "Proxy-Connection",
                "X-HTTP-Method-Override", "X-Goog-User-Project", "X-Client-Request-Id", "Idempotency-Key", "Origin", "X-Gw-Internal", "traceparent",
                "tracestate", "baggage", "From", "If-None-Match", "Range", "X-Original-For", "User-Agent", "Accept-Language", "Expect-Ct",
            })
            {
                request.Headers.TryAddWithoutValidation(name, name == "Range" ? "bytes=0-1" : Canary).Should().BeTrue(name);
            }

            request.Headers.Host = $"{Canary}.example";
            request.Headers.TryAddWithoutValidation("Connection", $"X-Hop, Authorization, Content-Type, {Canary}");
            request.Headers.ExpectContinue = true;

            using var response = await Client().SendAsync(request, Stop);

            ((int)response.StatusCode).Should().Be(200, await response.Content.ReadAsStringAsync(Stop));
        }

        provider.Requests.Should().HaveCount(2);
        foreach (var request in provider.Requests)
        {
            request.Path.Should().NotContain(Canary);
            request.Headers.Select(header => $"{header.Key}: {header.Value}").Should().NotContain(
                line => line.Contains(Canary, StringComparison.OrdinalIgnoreCase) || line.Contains(Key, StringComparison.Ordinal)
                    || line.StartsWith("Expect:", StringComparison.OrdinalIgnoreCase) || line.StartsWith("Range", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Nothing_of_a_providers_head_reaches_the_caller(string kind)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        string[] headers =
        [
            $"Set-Cookie: a={Canary}", $"Server: {Canary}", $"Via: 1.1 {Canary}", $"openai-organization: {Canary}", $"openai-version: {Canary}",
            $"x-request-id: {Canary}", $"request-id: {Canary}", $"anthropic-organization-id: {Canary}", $"x-amzn-RequestId: {Canary}",
            "Access-Control-Allow-Origin: *", "Access-Control-Allow-Credentials: true", $"Strict-Transport-Security: {Canary}",
            $"Content-Security-Policy: {Canary}", $"Cache-Control: public, {Canary}", $"ETag: \"{Canary}\"", $"Alt-Svc: {Canary}", $"cf-ray: {Canary}",
            $"WWW-Authenticate: {Canary}", $"x-envoy-upstream: {Canary}", $"Location: https://{Canary}.example", $"Link: <https://{Canary}.example>",
        ];
        provider.Next(new ModelScript(new Reply(200, one.Uncounted, "application/json", [.. headers])));

        foreach (var status in new[] { 200, 400 })
        {
            if (status == 400)
                provider.Next(new ModelScript(new Reply(400, """{"error":{"message":"No."}}""", "application/json", [.. headers])));

            using var response = await PostAsync($$"""{"model":"{{Model}}","messages":[{"role":"user","content":"Say hello!"}]}""");

            ((int)response.StatusCode).Should().Be(status);
            var all = response.Headers.Concat(response.Content.Headers).ToList();
            all.Select(header => header.Key).Should().BeSubsetOf([.. Ours, "x-should-retry"]);
            all.SelectMany(header => header.Value).Should().NotContain(value => value.Contains(Canary, StringComparison.OrdinalIgnoreCase));
        }
    }
}
