using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Upstreams to which there is no connection: nothing was sent, so nothing can have been billed.</summary>
public class ChatTestsUnreachableUpstreams(GatewayFixture gateway) : ChatTestOfFailures(gateway)
{
    [Fact]
    public async Task Nobody_listening_is_a_bad_gateway()
    {
        await ServeAtAsync($"http://127.0.0.1:{await UnusedPortAsync()}");

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.Unreachable);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_a_bad_gateway()
    {
        await ServeAtAsync("https://nowhere.invalid");

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.Unreachable);
    }

    [Fact]
    public async Task A_server_that_speaks_no_tls_is_a_bad_gateway()
    {
        using var listener = Listen();
        await ServeAtAsync($"https://127.0.0.1:{PortOf(listener)}");
        var serving = ServeOneAsync(listener, async stream => await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Stop));

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.Unreachable);
        await serving;
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task A_certificate_that_nobody_trusts_ends_it_before_the_key_is_sent(string host)
    {
        using var listener = Listen();
        using var certificate = SelfSigned();
        await ServeAtAsync($"https://{host}:{PortOf(listener)}");
        var heard = new MemoryStream();
        var serving = ServeOneAsync(listener, async stream =>
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(certificate);
            await tls.CopyToAsync(heard, Stop);
        });

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.Unreachable);
        await serving;
        heard.Length.Should().Be(0);
    }

    [Fact]
    public async Task A_connection_that_the_upstream_closed_meanwhile_is_replaced()
    {
        await ForgetAsync();
        var closed = new TaskCompletionSource();
        Upstream.Answer = async call =>
        {
            await call.CompleteAsync("Hello");
            call.Close();
            closed.SetResult();
        };
        using (var first = await ChatAsync())
            first.StatusCode.Should().Be(HttpStatusCode.OK);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        Upstream.Answer = FakeUpstream.AnswerHelloAsync;

        using var second = await ChatAsync();

        second.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Requests.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_call_that_went_out_on_a_used_connection_is_not_sent_again()
    {
        await ForgetAsync();
        using (var first = await ChatAsync())
            first.StatusCode.Should().Be(HttpStatusCode.OK);
        await SqlAsync("DELETE FROM requests");
        await SqlAsync("DELETE FROM usage_records");
        Upstream.Answer = call =>
        {
            call.Close();
            return Task.CompletedTask;
        };

        using var second = await ChatAsync();

        await ShouldFailAsync(second, Failure.Disconnected);
        Upstream.Requests.Should().HaveCount(2, "the upstream had the second one whole");
    }

    private async Task ServeAtAsync(string origin)
    {
        await IssueKeyAsync();
        await ServeAsync(config: $$"""{"base_url": "{{origin}}/v1", "allow_cidrs": ["127.0.0.0/8", "::1/128"]}""");
    }

    private async Task ServeOneAsync(TcpListener listener, Func<Stream, Task> serve)
    {
        using var client = await listener.AcceptTcpClientAsync(Stop);
        try
        {
            await serve(client.GetStream());
        }
        catch (IOException)
        {
            // The gateway is to hang up: whether in the middle of a handshake or behind it is all the same.
        }
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static async Task<int> UnusedPortAsync()
    {
        await using var gone = new FakeUpstream();
        return gone.Port;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
