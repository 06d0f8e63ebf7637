using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Several gateways behind nginx, with a database that has a replica: what is delivered for it, and what callers see.</summary>
public sealed partial class ProcessTestsHighAvailability : ProcessTest
{
    private static readonly TimeSpan SlowMachine = TimeSpan.FromMinutes(4);

    private static readonly string Deployed = Path.Combine(Repository.Root, "build", "deploy", "nginx");

    // The callers are a program of the benchmarks, built as these tests are.
    private static readonly string Callers = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "Benchmarks", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "CleanGateway.Benchmarks"));

    [Fact]
    public async Task Gateways_die_and_are_replaced_and_the_database_moves_and_no_answered_call_is_lost()
    {
        SkipWithoutNginx();
        Assert.SkipUnless(File.Exists(Callers), "tests/Benchmarks is not built");

        var command = PageBlock.Of("docs/high-availability.md", typeof(ProcessTestsHighAvailability)).Single().Text;
        var run = await ExternalProgram.RunAsync(
            "bash", ["-euo", "pipefail", "-c", command], Repository.Root,
            [("HOME", Folder), GatewayProcess.DotNetRoot, ("CLEANGATEWAY_PROGRAM", GatewayProcess.Program), ("CLEANGATEWAY_CALLERS", Callers)], Stop, atMost: SlowMachine);

        run.ExitCode.Should().Be(0, run.Output + run.Errors);
        var phases = PhaseRow().Matches(run.Output).ToDictionary(row => row.Groups["name"].Value, row => (
            Calls: int.Parse(row.Groups["calls"].Value, CultureInfo.InvariantCulture), Failed: int.Parse(row.Groups["failed"].Value, CultureInfo.InvariantCulture)));
        phases.Keys.Should().Contain(["all is well", "gateway A is killed", "rolling restart of both", "the replica is promoted", "after the failover"]);
        phases["rolling restart of both"].Calls.Should().BePositive();
        phases["rolling restart of both"].Failed.Should().Be(0);
        BooksRow().Match(run.Output).Groups["answered"].Value.Should().MatchRegex("^[1-9][0-9]*$");
        run.Output.Should().Contain(", 0 of them not in the tables, 0 calls in them twice").And.Contain("total,,");
    }

    [Fact]
    public async Task The_delivered_configuration_is_one_that_nginx_takes()
    {
        SkipWithoutNginx();
        foreach (var file in new[] { "cleangateway-proxy.conf", "cleangateway.conf", "cleangateway-tls.conf" })
        {
            var text = await File.ReadAllTextAsync(Path.Combine(Deployed, file), Stop);
            await File.WriteAllTextAsync(
                Path.Combine(Folder, file),
                text.Replace("/var/log/nginx", Folder, StringComparison.Ordinal).Replace("/etc/nginx/tls", Folder, StringComparison.Ordinal),
                Stop);
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(Folder, "cleangateway.pem"), certificate.ExportCertificatePem(), Stop);
        await File.WriteAllTextAsync(Path.Combine(Folder, "cleangateway.key"), key.ExportPkcs8PrivateKeyPem(), Stop);
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "nginx.conf"),
            $"pid {Folder}/nginx.pid; error_log {Folder}/error.log; events {{}} http {{ include cleangateway.conf; include cleangateway-tls.conf; }}", Stop);

        var run = await ExternalProgram.RunAsync(Nginx(), ["-t", "-q", "-e", $"{Folder}/error.log", "-c", $"{Folder}/nginx.conf"], Folder, [], Stop);

        (run.ExitCode, run.Output, run.Errors).Should().Be((0, "", ""));
    }

    [Fact]
    public void Limits_of_nginx_are_those_of_the_gateway()
    {
        var text = File.ReadAllText(Path.Combine(Deployed, "cleangateway-proxy.conf"));
        var limits = new Api.Common.ConnectionLimits();
        var settings = TestSettings.Read(Folder);

        Value("client_max_body_size").Should().Be($"{settings.MaxRequestBody / 1024 / 1024}m");
        Value("large_client_header_buffers").Should().Be($"{limits.Headers / limits.RequestLine} {limits.RequestLine / 1024}k");
        Value("client_header_timeout").Should().Be($"{limits.HeadersDeadline.TotalSeconds}s");
        Value("client_body_timeout").Should().Be($"{limits.BodyDeadline.TotalSeconds}s");
        int.Parse(Value("proxy_read_timeout").TrimEnd('s'), CultureInfo.InvariantCulture).Should().BeGreaterThan((int)settings.ProviderIdleTimeout.TotalSeconds)
            .And.BeGreaterThan((int)settings.ProviderRequestTimeout.TotalSeconds);
        Value("proxy_next_upstream").Should().Be("error timeout", "a call that may have been sent is not sent again");

        string Value(string directive) => Regex.Match(text, $@"^ *{directive} ([^;]+);", RegexOptions.Multiline).Groups[1].Value;
    }

    [Fact]
    public async Task Nothing_for_admins_gets_through_nginx_however_it_is_written()
    {
        SkipWithoutNginx();
        var proxy = await File.ReadAllTextAsync(Path.Combine(Deployed, "cleangateway-proxy.conf"), Stop);
        await File.WriteAllTextAsync(Path.Combine(Folder, "cleangateway-proxy.conf"), proxy, Stop);
        var server = (await File.ReadAllTextAsync(Path.Combine(Deployed, "cleangateway.conf"), Stop))
            .Replace("/var/log/nginx", Folder, StringComparison.Ordinal)
            .Replace("listen 80;", $"listen unix:{Folder}/front;", StringComparison.Ordinal);
        server = UpstreamServer().Replace(server, $"server unix:{Folder}/gateway");
        await File.WriteAllTextAsync(Path.Combine(Folder, "cleangateway.conf"), server, Stop);
        string[] kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        var temporary = string.Concat(kinds.Select(kind => $"{kind}_temp_path {Folder}/{kind}; "));
        var gateway = $"server {{ listen unix:{Folder}/gateway; location / {{ return 200 gateway; }} }}";
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "nginx.conf"),
            $"{(Environment.IsPrivilegedProcess ? "user root; " : "")}pid {Folder}/nginx.pid; error_log {Folder}/error.log; events {{}} "
            + $"http {{ {temporary}include cleangateway.conf; {gateway} }}", Stop);
        string[] arguments = ["-e", $"{Folder}/error.log", "-c", $"{Folder}/nginx.conf"];
        (await ExternalProgram.RunAsync(Nginx(), arguments, Folder, [], Stop)).ExitCode.Should().Be(0);
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = FrontAsync });
            string[] forAdmins =
                ["/admin", "/admin/keys", "/ADMIN/keys", "/Admin/", "//admin/keys", "/metrics", "/METRICS", "/metrics/", "/openapi/v1.json", "/docs", "/docs/"];
            foreach (var path in forAdmins)
                (await client.GetAsync($"http://front{path}", Stop)).StatusCode.Should().Be(HttpStatusCode.NotFound, path);
            foreach (var path in new[] { "/v1/models", "/v1/models/docs", "/api/health", "/health/ready" })
                (await client.GetStringAsync($"http://front{path}", Stop)).Should().Be("gateway", path);
        }
        finally
        {
            await ExternalProgram.RunAsync(Nginx(), [.. arguments, "-s", "stop"], Folder, [], CancellationToken.None);
        }

        async ValueTask<Stream> FrontAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(Folder, "front")), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
    }

    private static void SkipWithoutNginx() => Assert.SkipUnless(File.Exists(Nginx()) || ExternalProgram.Exists("nginx"), "nginx is not installed");

    private static string Nginx() => File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";

    [GeneratedRegex(@"^(?<name>\S.*?) {2,}(?<calls>\d+) +(?<ok>\d+) +(?<failed>\d+) +[\d.]+ s ", RegexOptions.Multiline)]
    private static partial Regex PhaseRow();

    [GeneratedRegex(@"server 10\.0\.0\.1[0-9]:8080")]
    private static partial Regex UpstreamServer();

    [GeneratedRegex(@"^books: (?<answered>\d+) calls answered", RegexOptions.Multiline)]
    private static partial Regex BooksRow();
}
