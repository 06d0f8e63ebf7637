using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>
/// A PostgreSQL that speaks TLS, with a certificate for <c>localhost</c> by an authority of its own. One database takes
/// anyone, one only those who come by TLS, one only those with a certificate of the authority's.
/// </summary>
public sealed class TlsServer : IAsyncLifetime
{
    public const string Open = PostgresCluster.Database;
    public const string TlsOnly = "tls_only";
    public const string CertificateOnly = "certificate_only";

    private const string Password = "p@ss:w/rd";
    private readonly TemporaryFolder folder = new();
    private PostgresAccount account = null!;
    private PostgresPrograms programs = null!;
    private PostgresCluster cluster = null!;
    private int port;

    /// <summary>Files for <c>sslrootcert</c>: the right authority, and one that has nothing to do with the server.</summary>
    public string Authority => Path.Combine(folder.Path, "authority.pem");
    public string StrangeAuthority => Path.Combine(folder.Path, "strange.pem");

    /// <summary>Files for <c>sslcert</c> and <c>sslkey</c>.</summary>
    public string ClientCertificate => Path.Combine(folder.Path, "client.pem");
    public string ClientKey => Path.Combine(folder.Path, "client.key");

    /// <param name="parameters">What stands behind the question mark.</param>
    internal DatabaseUrl Url(string database, string parameters, string host = "localhost")
    {
        var text = FormattableString.Invariant(
            $"postgres://{PostgresCluster.User}:{Uri.EscapeDataString(Password)}@{host}:{port}/{database}?{parameters}");
        DatabaseUrl.TryParse(text, out var url).Should().BeTrue(DatabaseUrl.WhatIsWrong(text));
        return url!;
    }

    public async ValueTask InitializeAsync()
    {
        account = await PostgresAccount.FindAsync(CancellationToken.None);
        programs = await PostgresPrograms.FindAsync(folder: null, wanted: null, CancellationToken.None);
        var home = Path.Combine(folder.Path, "postgres");
        await account.MakeFolderAsync(home, CancellationToken.None);
        cluster = new PostgresCluster(home, account);
        await cluster.InitialiseAsync(programs, Password, CancellationToken.None);
        await ConfigureAsync();

        port = FreePort();
        await cluster.StartAsync(programs, port, CancellationToken.None);
        await using var connection = NpgsqlDataSource.Create(Url(Open, "sslmode=disable", "127.0.0.1").ToConnectionString().ConnectionString);
        foreach (var database in new[] { TlsOnly, CertificateOnly })
        {
            await using var create = connection.CreateCommand($"CREATE DATABASE {database}");
            await create.ExecuteNonQueryAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.StopAsync(programs, CancellationToken.None);
        folder.Dispose();
    }

    private async Task ConfigureAsync()
    {
        using var authority = IssueAuthority("CN=Test authority");
        using var strange = IssueAuthority("CN=Strange authority");
        using var server = Issue("CN=localhost", authority, names => names.AddDnsName("localhost"));
        using var client = Issue($"CN={PostgresCluster.User}", authority);
        await File.WriteAllTextAsync(Authority, authority.ExportCertificatePem());
        await File.WriteAllTextAsync(StrangeAuthority, strange.ExportCertificatePem());
        await File.WriteAllTextAsync(ClientCertificate, client.ExportCertificatePem());
        await File.WriteAllTextAsync(ClientKey, KeyPem(client));
        File.SetUnixFileMode(ClientKey, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await WriteAsync("authority.crt", authority.ExportCertificatePem());
        await WriteAsync("server.crt", server.ExportCertificatePem());
        await WriteAsync("server.key", KeyPem(server));
        await WriteAsync(
            "pg_hba.conf",
            $"""
            host    {Open}            all 127.0.0.1/32 scram-sha-256
            hostssl {TlsOnly}         all 127.0.0.1/32 scram-sha-256
            hostssl {CertificateOnly} all 127.0.0.1/32 cert
            """);
        await WriteAsync(
            "postgresql.conf",
            """

            ssl = on
            ssl_cert_file = 'server.crt'
            ssl_key_file = 'server.key'
            ssl_ca_file = 'authority.crt'
            fsync = off
            """, append: true);
    }

    // By the server's own user: it takes no key that is someone else's.
    private async Task WriteAsync(string name, string text, bool append = false)
    {
        var script = append ? "cat >> \"$1\"" : "umask 077 && cat > \"$1\"";
        var written = await account.RunAsync(
            "sh", ["-c", script, "sh", Path.Combine(cluster.Folder, name)], text + "\n", CancellationToken.None);
        written.ExitCode.Should().Be(0, written.Errors);
    }

    private static X509Certificate2 IssueAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    private static X509Certificate2 Issue(
        string name, X509Certificate2 authority, Action<SubjectAlternativeNameBuilder>? names = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        if (names is not null)
        {
            var alternatives = new SubjectAlternativeNameBuilder();
            names(alternatives);
            request.CertificateExtensions.Add(alternatives.Build());
        }

        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private static string KeyPem(X509Certificate2 certificate) => certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
