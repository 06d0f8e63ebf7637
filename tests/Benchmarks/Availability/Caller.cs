using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace CleanGateway.Benchmarks.Availability;

/// <summary>Makes calls that have names, every other one a stream, and never a second time.</summary>
internal sealed class Caller : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;
    private readonly string model;
    private readonly string run = $"call-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}-";

    public Caller(CallersPlan plan)
    {
        model = plan.Model;

        // A connection for each call: one that is kept may be closed by the other side just as it is used again, which says nothing of
        // what is looked at here. Clients that keep them try again then, which these callers never do.
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero })
        {
            BaseAddress = plan.Gateway, Timeout = Patience,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", plan.Key);
    }

    /// <summary>What the call is called in the books, as the id that its caller gives it.</summary>
    public string NameOf(int number) => run + number.ToString(CultureInfo.InvariantCulture);

    /// <returns>What came instead of a whole answer; null: one came.</returns>
    public async Task<string?> CallAsync(int number)
    {
        var stream = number % 2 == 1;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Add("X-Client-Request-Id", NameOf(number));
        var body = $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"max_tokens":50,"messages":[{"role":"user","content":"Say hello to call {{number}}"}]}""";
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead);
            var text = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode)
                return $"{(int)answer.StatusCode} {CodeOf(text)}";
            return !stream || text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) ? null : "stream without an end";
        }
        catch (HttpRequestException broken)
        {
            return $"no answer ({broken.HttpRequestError})";
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {Patience.TotalSeconds:0} s";
        }
    }

    public void Dispose() => http.Dispose();

    private static string CodeOf(string body)
    {
        try
        {
            using var error = JsonDocument.Parse(body);
            return error.RootElement.GetProperty("error").GetProperty("code").ToString();
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "without an error of the API";
        }
    }
}
