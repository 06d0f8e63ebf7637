using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// An upstream on a real socket, scripted per test down to the byte, so that it can fail in every way a server can. It
/// remembers what it was asked.
/// </summary>
internal sealed class FakeUpstream : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private ConcurrentQueue<UpstreamRequest> requests = new();
    private int connections;

    public FakeUpstream()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>What it does with each request.</summary>
    public Func<UpstreamCall, Task> Answer { get; set; } = AnswerHelloAsync;

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The base URL as an OpenAI client would be given it.</summary>
    public Uri Url => new($"http://127.0.0.1:{Port}/v1");

    public IReadOnlyList<UpstreamRequest> Requests => [.. requests];

    /// <summary>The only request there was.</summary>
    public UpstreamRequest Request => Requests.Single();

    /// <summary>How many connections were made to it.</summary>
    public int Connections => connections;

    public void Reset()
    {
        Answer = AnswerHelloAsync;
        requests = new ConcurrentQueue<UpstreamRequest>();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        stopping.Dispose();
    }

    /// <summary>An ordinary answer, streamed if asked for.</summary>
    public static Task AnswerHelloAsync(UpstreamCall call) => call.Request.WantsStream ? call.StreamAsync("Hello", " there") : call.CompleteAsync("Hello there");

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stopping.Token);
                Interlocked.Increment(ref connections);
                _ = ServeAsync(client);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test run is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await using var stream = client.GetStream();
                while (await UpstreamRequest.ReadAsync(stream, stopping.Token) is { } request)
                {
                    requests.Enqueue(request);
                    var call = new UpstreamCall(client, stream, request, stopping.Token);
                    await Answer(call);
                    if (call.IsClosed)
                        return;
                }
            }
            catch (Exception hungUp) when (hungUp is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // The gateway hung up: for it to say so is the test's business, not this server's.
            }
            catch (Exception scriptFailure)
            {
                await Console.Error.WriteLineAsync($"The upstream's script failed: {scriptFailure}");
            }
        }
    }
}
