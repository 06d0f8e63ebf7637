using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>JSON that others have stumbled over, on every endpoint that takes some.</summary>
public class SecurityTestsJson(GatewayFixture gateway) : InferenceTest(gateway)
{
    private static readonly Surface[] Surfaces =
    [
        new("/v1/chat/completions", "\"model\":\"gpt-4\"", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]", "max_tokens"),
        new("/v1/messages", "\"model\":\"gpt-4\"", "\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]", null),
        new("/v1/messages/count_tokens", "\"model\":\"gpt-4\"", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]", null),
        new("/v1/responses", "\"model\":\"gpt-4\"", "\"input\":\"Hi\"", "max_output_tokens"),
        new("/v1/embeddings", "\"model\":\"embed-x\"", "\"input\":\"Hi\"", null),
        new("/admin/projects", "\"name\":\"corpus\"", "\"requests_per_minute\":5", null),
    ];

    /// <summary>What is no JSON, or JSON that two readers may understand in two ways (F1–F3, F7).</summary>
    private static readonly (string Name, byte[] Body)[] Broken =
    [
        ("nothing", []), ("a space", Bytes(" ")), ("cut short", Bytes("{\"model\":")), ("a comma at the end", Bytes("{\"model\":\"gpt-4\",}")),
        ("a comment", Bytes("{\"model\":\"gpt-4\"/* hi */}")), ("two values", Bytes("{}{}")), ("something behind it", Bytes("{} x")),
        ("NaN", Bytes("{\"model\":NaN}")), ("Infinity", Bytes("{\"model\":-Infinity}")), ("single quotes", Bytes("{'model':'gpt-4'}")),
        ("no quotes", Bytes("{model:\"gpt-4\"}")), ("a leading zero", Bytes("{\"n\":01}")), ("a plus", Bytes("{\"n\":+1}")), ("a hexadecimal number", Bytes("{\"n\":0x1}")),
        ("a line feed in a text", Bytes("{\"model\":\"gpt\n4\"}")), ("a NUL byte", Bytes("{\"model\":\"gpt\04\"}")), ("NULs for a body", new byte[100]),
        ("UTF-16", Encoding.Unicode.GetBytes("{\"model\":\"gpt-4\"}")), ("half an escape", Bytes("{\"model\":\"\\ud8\"}")), ("no escape", Bytes("{\"model\":\"\\x41\"}")),
        ("bytes that are no UTF-8", [.. Bytes("{\"model\":\""), 0xFF, 0xFE, .. Bytes("\"}")]), ("an overlong slash", [.. Bytes("{\"model\":\""), 0xC0, 0xAF, .. Bytes("\"}")]),
        ("a surrogate in bytes", [.. Bytes("{\"model\":\""), 0xED, 0xA0, 0x80, .. Bytes("\"}")]), ("a text cut short", [.. Bytes("{\"model\":\""), 0xE2, 0x82]),
        ("65 lists", Bytes(new string('[', 65) + new string(']', 65))), ("65 objects", Bytes(Nested(65))), ("a million lists", Bytes(new string('[', 1_000_000))),
        ("a million objects", Bytes(string.Concat(Enumerable.Repeat("{\"a\":", 1_000_000)))), ("a member twice", Bytes("{\"model\":\"a\",\"model\":\"b\"}")),
        ("a member twice, escaped", Bytes("{\"model\":\"a\",\"mod\\u0065l\":\"b\"}")), ("a member twice, deep", Bytes("{\"a\":[{\"b\":1,\"b\":2}]}")),
        ("HTML", Bytes("<script>alert(1)</script>")), ("a form", Bytes("model=gpt-4&n=1")), ("a list", Bytes("[]")), ("a text", Bytes("\"{}\"")), ("null", Bytes("null")),
        ("a number", Bytes("1e400")), ("true", Bytes("true")), ("an empty object", Bytes("{}")),
    ];

    /// <summary>Values that stand for nothing, or for more than fits (F5, F6).</summary>
    private static readonly string[] OddNumbers =
    [
        "1e3", "1.0", "1e400", "-1", "0", "\"5\"", "null", "9223372036854775808", "1e-400", "1.5", "true", "[]", "{}", "-0", "-9223372036854775809",
        "123456789012345678901234567890", "2147483648", "4294967296",
    ];

    /// <summary>Where others have let callers choose the way themselves (F8).</summary>
    private static readonly string[] RoutingMembers =
    [
        "api_base", "base_url", "api_key", "api_version", "api_type", "custom_llm_provider", "model_list", "fallbacks", "context_window_fallbacks", "mock_response",
        "user_config", "extra_headers", "headers", "litellm_params", "litellm_metadata", "extra_body", "provider", "organization", "proxy_server_request",
        "aws_access_key_id", "vertex_project", "azure_ad_token", "timeout", "num_retries", "x-portkey-custom-host", "virtual_key", "base_model", "caching",
    ];

    [Fact]
    public async Task What_two_readers_could_understand_in_two_ways_is_refused_everywhere()
    {
        await ServeAllAsync();
        var wrong = new List<string>();
        foreach (var surface in Surfaces)
        {
            foreach (var (name, body) in Broken)
            {
                var (status, text) = await SendAsync(surface.Path, body);
                if (status is not (400 or 413 or 422))
                    wrong.Add($"{surface.Path}, {name}: {status} {text}");
            }
        }

        wrong.Should().BeEmpty();
        Upstream.Requests.Should().BeEmpty();
        await ShouldGoOnAsync();
    }

    [Fact]
    public async Task A_byte_order_mark_and_sixty_four_levels_are_taken()
    {
        await ServeAllAsync();
        foreach (var surface in Surfaces.Where(surface => surface.Path != "/admin/projects"))
        {
            (await SendAsync(surface.Path, [0xEF, 0xBB, 0xBF, .. Bytes(surface.With())])).Status.Should().Be(200, surface.Path);
        }
    }

    [Fact]
    public async Task Numbers_that_do_not_fit_are_a_callers_error_and_no_fault()
    {
        await ServeAllAsync();
        var wrong = new List<string>();
        foreach (var surface in Surfaces)
        {
            foreach (var member in (string?[])[surface.Cap, "n", "temperature", "top_p", "seed", "top_logprobs", "dimensions", "stream", "requests_per_minute", "monthly_budget_usd"])
            {
                foreach (var value in OddNumbers)
                {
                    // That it is streamed is not odd.
                    if (member is null || (member, value) == ("stream", "true") || (surface.Rest.Contains($"\"{member}\"", StringComparison.Ordinal) && surface.Path != "/admin/projects"))
                        continue;

                    var body = surface.Path == "/admin/projects"
                        ? $$$"""{"name":"p{{{Guid.NewGuid():N}}}","{{{member}}}":{{{value}}}}"""
                        : surface.With($"\"{member}\":{value}");
                    var (status, text) = await SendAsync(surface.Path, Bytes(body));
                    if (status is not (200 or 201 or 400 or 422) || text.Contains("Infinity", StringComparison.Ordinal))
                        wrong.Add($"{surface.Path}, {member} {value}: {status} {text}");
                }
            }
        }

        wrong.Should().BeEmpty();
        await ShouldGoOnAsync();
    }

    [Theory]
    [InlineData("max_tokens", "1e400", 400)]
    [InlineData("max_tokens", "-1", 400)]
    [InlineData("max_tokens", "\"5\"", 400)]
    [InlineData("max_tokens", "9223372036854775808", 400)]
    [InlineData("max_tokens", "1.5", 400)]
    [InlineData("max_tokens", "null", 200)]
    [InlineData("max_tokens", "5", 200)]
    public async Task An_output_cap_is_a_whole_number(string member, string value, int status)
    {
        await ServeAllAsync();

        (await SendAsync("/v1/chat/completions", Bytes(Surfaces[0].With($"\"{member}\":{value}")))).Status.Should().Be(status);
    }

    [Fact]
    public async Task Much_of_everything_is_no_trouble()
    {
        await ServeAllAsync();
        var messages = string.Join(',', Enumerable.Repeat("""{"role":"user","content":"x"}""", 200_000));
        var tools = string.Join(',', Enumerable.Range(0, 20_000).Select(number => $"{{\"type\":\"function\",\"function\":{{\"name\":\"f{number}\",\"parameters\":{{}}}}}}"));
        foreach (var (path, body) in new[]
        {
            ("/v1/chat/completions", $$"""{"model":"gpt-4","messages":[{{messages}}]}"""), ("/v1/messages", $$"""{"model":"gpt-4","max_tokens":5,"messages":[{{messages}}]}"""),
            ("/v1/chat/completions", Surfaces[0].With($"\"tools\":[{tools}]")), ("/v1/chat/completions", Surfaces[0].With("\"n\":10000")),
            ("/v1/chat/completions", Surfaces[0].With($"\"user\":\"{new string('u', 4_000_000)}\"")),
            ("/v1/chat/completions", Surfaces[0].With(string.Join(',', Enumerable.Range(0, 200_000).Select(number => $"\"m{number}\":0")))),
            ("/admin/projects", $$"""{"name":"{{new string('n', 500_000)}}"}"""),
            ("/admin/projects", "{" + string.Join(',', Enumerable.Range(0, 20_000).Select(number => $"\"m{number}\":0")) + "}"),
        })
        {
            (await SendAsync(path, Bytes(body))).Status.Should().BeOneOf([200, 400, 413, 422], "{0} {1}", path, body[..60]);
        }

        await ShouldGoOnAsync();
    }

    /// <summary>Half surrogates, NULs, our own keys, escape sequences and other things that are only text (F4, F10).</summary>
    [Fact]
    public async Task What_is_only_text_stays_text()
    {
        await ServeAllAsync();
        foreach (var text in (string[])["\\ud800", "\\u0000", "\\u001b[31m", "</script><script>alert(1)</script>", "\u202E\u0301\u0301", $"gw_{new string('a', 49)}", "'; DROP TABLE requests; --", "${jndi:ldap://x}", "{{7*7}}"])
        {
            foreach (var surface in Surfaces.Where(surface => surface.Path != "/admin/projects"))
            {
                var (status, answer) = await SendAsync(surface.Path, Bytes(surface.With().Replace("\"Hi\"", $"\"{text}\"", StringComparison.Ordinal)));
                status.Should().BeOneOf([200, 400], "{0} of {1}: {2}", surface.Path, text, answer);
            }

            (await SendAsync("/admin/projects", Bytes($$"""{"name":"{{text}}"}"""))).Status.Should().BeOneOf([201, 400, 422], text);
        }

        await ShouldGoOnAsync();
    }

    [Fact]
    public async Task No_member_at_any_depth_says_where_a_call_goes()
    {
        await using var elsewhere = new FakeUpstream();
        await ServeAllAsync();
        var evil = $$"""{"api_base":"{{elsewhere.Url}}","base_url":"{{elsewhere.Url}}","api_key":"evil","headers":{"X-Evil":"1"},"url":"{{elsewhere.Url}}"}""";
        foreach (var surface in Surfaces.Where(surface => surface.Path != "/admin/projects"))
        {
            foreach (var member in RoutingMembers)
            {
                foreach (var value in (string[])[$"\"{elsewhere.Url}\"", evil, $"[{evil}]"])
                {
                    foreach (var more in (string[])[$"\"{member}\":{value}", $$"""
                        "metadata":{"{{member}}":{{value}}}
                        """])
                    {
                        var before = Upstream.Requests.Count;
                        var (status, text) = await SendAsync(surface.Path, Bytes(surface.With(more)));
                        status.Should().BeOneOf([200, 400], "{0} with {1}: {2}", surface.Path, more, text);
                        foreach (var request in Upstream.Requests.Skip(before))
                        {
                            request.Headers["Authorization"].Should().Be("Bearer sk-upstream-secret");
                            request.Headers.Keys.Should().NotContain("X-Evil");
                        }
                    }
                }
            }
        }

        elsewhere.Connections.Should().Be(0);
        await ShouldGoOnAsync();
    }

    /// <summary>Media are the provider's to fetch (F9).</summary>
    [Fact]
    public async Task No_URL_in_a_request_is_fetched()
    {
        await using var elsewhere = new FakeUpstream();
        await ServeAllAsync();
        foreach (var url in (string[])[elsewhere.Url.ToString(), $"http://localhost:{elsewhere.Port}/", $"http://0.0.0.0:{elsewhere.Port}/", "http://169.254.169.254/", "file:///etc/passwd"])
        {
            await SendAsync("/v1/chat/completions", Bytes($$$"""{"model":"gpt-4","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}"""));
            await SendAsync("/v1/messages", Bytes($$$"""{"model":"gpt-4","max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"{{{url}}}"}}]}]}"""));
            await SendAsync("/v1/responses", Bytes($$"""{"model":"gpt-4","input":[{"role":"user","content":[{"type":"input_file","file_url":"{{url}}"}]}]}"""));
        }

        elsewhere.Connections.Should().Be(0);
    }

    private async Task ServeAllAsync()
    {
        await ServeEmbeddingsAsync();
        Upstream.Answer = call => call.Request.Path switch
        {
            "/v1/embeddings" => call.RespondAsync(200, Vectors),
            "/v1/responses" => call.RespondAsync(200, Response),
            _ => FakeUpstream.AnswerHelloAsync(call),
        };
    }

    // After checking that an error is one in its API's form.
    private async Task<(int Status, string Text)> SendAsync(string path, byte[] body)
    {
        var isAdmin = path.StartsWith("/admin", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        using var response = await (isAdmin ? admin ??= Admin(Gateway.AdminUrl) : caller ??= Client()).SendAsync(request, Stop);
        var text = await response.Content.ReadAsStringAsync(Stop);
        if ((int)response.StatusCode >= 400)
        {
            var error = JsonDocument.Parse(text).RootElement;
            var message = isAdmin ? error.GetProperty("detail") : error.GetProperty("error").GetProperty("message");
            message.GetString().Should().NotBeEmpty();
        }

        return ((int)response.StatusCode, text.Length > 300 ? text[..300] : text);
    }

    private async Task ShouldGoOnAsync() => (await SendAsync("/v1/chat/completions", Bytes(Surfaces[0].With()))).Status.Should().Be(200);

    private HttpClient? admin;
    private HttpClient? caller;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);

    /// <param name="Rest">What the endpoint needs besides.</param>
    /// <param name="Cap">The member that caps the answer; null: it is among the rest, or there is none.</param>
    private sealed record Surface(string Path, string Model, string Rest, string? Cap)
    {
        public string With(string? more = null) => $"{{{Model},{Rest}{(more is null ? "" : "," + more)}}}";
    }
}
