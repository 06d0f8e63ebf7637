using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CleanGateway.Benchmarks.Http;

/// <summary>Something that calls go through, as processes of its own.</summary>
internal abstract class Peer : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

    public abstract string Name { get; }

    /// <summary>What it is and what it does besides passing calls on, for the report.</summary>
    public abstract string Description { get; }

    public int Port { get; protected set; }

    public virtual IReadOnlyDictionary<string, string> Headers => new Dictionary<string, string>();

    /// <summary>The processes that are measured; none where there is nothing in between.</summary>
    public virtual IReadOnlyList<int> Processes => [];

    /// <summary>What has to be done once, before it can be started as it is measured.</summary>
    public virtual Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins to start it; <see cref="FirstAnswerAsync"/> waits for it.</summary>
    public abstract Task LaunchAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>Waits until everything that calls leave to be done has been done.</summary>
    /// <param name="answered">Calls that it has answered since it was prepared.</param>
    public virtual Task SettleAsync(long answered, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Figures that only it knows; absent where it does not tell.</summary>
    public virtual Task<InnerFigures> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(InnerFigures.None);

    /// <summary>Looks whether its books agree with the calls that were answered.</summary>
    /// <returns>What does not; empty where it keeps no books.</returns>
    public virtual Task<IReadOnlyList<string>> CheckBooksAsync(long answered, long failed, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>Asks every five milliseconds until the first call is answered with 200.</summary>
    /// <returns>How many calls it has answered by that: one.</returns>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public async Task<int> FirstAnswerAsync(string body, TimeProvider clock, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        var last = "nothing";
        while (clock.GetElapsedTime(start) < StartPatience)
        {
            if (await IsListeningAsync(cancellationToken))
            {
                last = await AskAsync(body, cancellationToken);
                if (last == "")
                    return 1;
            }

            await Task.Delay(PollInterval, clock, cancellationToken);
        }

        throw new InvalidOperationException($"{Name} does not answer: {last}");
    }

    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<string> AskAsync(string body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{Port}/v1/chat/completions"));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var answer = await Http.SendAsync(request, cancellationToken);
            return answer.IsSuccessStatusCode ? "" : $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}";
        }
        catch (HttpRequestException failure)
        {
            return failure.Message;
        }
    }

    private async Task<bool> IsListeningAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>What a process knows of itself. Null: it does not tell.</summary>
/// <param name="AllocatedBytes">Since it began.</param>
/// <param name="JournalWait">How long calls have waited for the journal.</param>
/// <param name="Note">What is not as it should be.</param>
internal sealed record InnerFigures(double? AllocatedBytes, Histogram? JournalWait, string? Note = null)
{
    public static readonly InnerFigures None = new(null, null);
}
