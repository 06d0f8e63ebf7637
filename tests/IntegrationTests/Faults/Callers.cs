using System.Net.Http.Headers;
using System.Text;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>
/// Callers that go on whatever happens, every second call a stream, and write down what they see. While there is no
/// gateway they wait.
/// </summary>
internal sealed class Callers(ThreeBooks books, string key, string name = "call") : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(15);

    private readonly HttpClient http = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> callers = [];
    private volatile Uri? gateway;
    private int number;
    private int answered;

    /// <summary>Where they call; null while there is nobody.</summary>
    public Uri? Gateway
    {
        get => gateway;
        set => gateway = value;
    }

    /// <summary>How many calls have been answered with success.</summary>
    public int Answered => Volatile.Read(ref answered);

    /// <summary>Lets this many callers call, one call each at a time.</summary>
    public void Begin(int count)
    {
        for (var caller = 0; caller < count; caller++)
            callers.Add(Task.Run(CallOnAndOnAsync));
    }

    /// <summary>Waits until this many more calls have been answered with success.</summary>
    public Task AnswersAsync(int more)
    {
        var goal = Answered + more;
        return Fixtures.Eventually.IsTrueAsync(() => Answered >= goal, $"{more} more calls are answered");
    }

    /// <summary>Ends the calling; calls under way come to their end first.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(callers);
        callers.Clear();
    }

    /// <summary>One call, to its end.</summary>
    /// <param name="user">Its name in all three books.</param>
    /// <param name="more">Further members of the request.</param>
    public Task<CallersEntry> CallAsync(string user, bool stream, string content = "Say hello!", string more = "") =>
        CallAsync(gateway ?? throw new InvalidOperationException("There is no gateway to call."), user, stream, content, more);

    private async Task<CallersEntry> CallAsync(Uri at, string user, bool stream, string content, string more)
    {
        var entry = books.Open(user, stream);
        try
        {
            using var body = new StringContent(
                $$"""
                {"model":"gpt-4","stream":{{(stream ? "true" : "false")}},"user":"{{user}}","messages":[{"role":"user","content":"{{content}}"}]{{more}}}
                """,
                Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(at, "/v1/chat/completions")) { Content = body };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            (entry.Status, entry.RequestId) = ((int)answer.StatusCode, answer.Headers.TryGetValues("X-Request-ID", out var ids) ? ids.Single() : null);
            await ReadAsync(answer, entry);
        }
        catch (HttpRequestException)
        {
            entry.Broke = true;
        }
        finally
        {
            entry.IsOver = true;
        }

        if (entry.Succeeded)
            Interlocked.Increment(ref answered);
        return entry;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        http.Dispose();
        stopping.Dispose();
    }

    // What came before a break is what the caller has seen.
    private static async Task ReadAsync(HttpResponseMessage answer, CallersEntry entry)
    {
        using var text = new MemoryStream();
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync();
            await body.CopyToAsync(text, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            entry.Broke = true;
        }

        entry.Text = Encoding.UTF8.GetString(text.ToArray());
    }

    private async Task CallOnAndOnAsync()
    {
        using var timer = new PeriodicTimer(Pace);
        while (!stopping.IsCancellationRequested)
        {
            if (gateway is { } at)
            {
                var call = Interlocked.Increment(ref number);
                await CallAsync(at, $"{name}-{call}", stream: call % 2 == 0, "Say hello!", more: call % 5 == 0 ? ",\"max_tokens\":50" : "");
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
