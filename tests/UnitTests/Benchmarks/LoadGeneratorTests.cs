using System.Net;
using System.Net.Sockets;
using System.Text;
using CleanGateway.Benchmarks.Load;

namespace CleanGateway.UnitTests.Benchmarks;

/// <summary>The load generator against servers whose answers are known.</summary>
public class LoadGeneratorTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    [Fact]
    public async Task Every_call_that_is_due_is_made_and_counted()
    {
        using var server = new ScriptedServer(Good);

        var result = await RunAsync(Plan(server) with { Rate = 500, Seconds = 0.2 });

        result.Answered.Should().Be(100);
        result.Latency.Count.Should().Be(100);
        result.Failures.Should().BeEmpty();
        server.Requests.Should().Be(100);
    }

    [Fact]
    public async Task A_closed_loop_makes_as_many_calls_as_it_is_told()
    {
        using var server = new ScriptedServer(Good);

        var result = await RunAsync(Plan(server) with { CallsPerConnection = 5 });

        result.Answered.Should().Be(20);
        server.Requests.Should().Be(20);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "status 503")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n", "cut off")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}!", "more than was asked for")]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", "not HTTP")]
    public async Task What_is_no_answer_is_counted_as_what_it_is(string answer, string failure)
    {
        using var server = new ScriptedServer(answer, closes: true);

        var result = await RunAsync(Plan(server) with { CallsPerConnection = 2 });

        result.Answered.Should().Be(0);
        result.Failures.Should().Equal(new Dictionary<string, int> { [failure] = 8 });
    }

    [Fact]
    public async Task A_stream_that_lacks_events_is_no_answer()
    {
        using var server = new ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ndata: 1\n\n");

        (await RunAsync(Plan(server) with { CallsPerConnection = 1, Events = 1 })).Answered.Should().Be(4);
        (await RunAsync(Plan(server) with { CallsPerConnection = 1, Events = 2 })).Failures.Should().ContainKey("fewer events than there were");
    }

    private static LoadPlan Plan(ScriptedServer server) => new(server.Port, new Dictionary<string, string>(), "{}", Connections: 4, Seconds: 0);

    private static Task<LoadResult> RunAsync(LoadPlan plan) => LoadGenerator.RunAsync(plan, TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>Gives everyone the same answer.</summary>
    private sealed class ScriptedServer : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly byte[] answer;
        private readonly bool closes;
        private int requests;

        public ScriptedServer(string answer, bool closes = false)
        {
            (this.answer, this.closes) = (Encoding.ASCII.GetBytes(answer), closes);
            listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public int Requests => requests;

        public void Dispose() => listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                    _ = ServeAsync(await listener.AcceptSocketAsync());
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task ServeAsync(Socket socket)
        {
            using var _ = socket;
            var (reader, buffer) = (new HttpMessageReader(), new byte[4096]);
            while (await socket.ReceiveAsync(buffer) is var count and > 0)
            {
                reader.Read(buffer.AsSpan(0, count));
                if (!reader.IsComplete)
                    continue;

                Interlocked.Increment(ref requests);
                await socket.SendAsync(answer);
                if (closes)
                    return;
                reader.Reset();
            }
        }
    }
}
