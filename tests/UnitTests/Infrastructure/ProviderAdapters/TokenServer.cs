using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

/// <summary>A token endpoint over TLS on this machine, which answers as a test wants.</summary>
internal sealed class TokenServer : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly X509Certificate2 certificate;

    private TokenServer(WebApplication application, X509Certificate2 certificate)
    {
        (this.application, this.certificate) = (application, certificate);
        Handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, Url.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = { RemoteCertificateValidationCallback = (_, sent, _, _) => sent?.GetCertHashString() == certificate.Thumbprint },
        };
    }

    public sealed record Asked(string Host, string Path, IReadOnlyDictionary<string, string> Form);

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>The status and the JSON for the request of this number, from 1.</summary>
    public Func<int, Task<(int Status, string Json)>> Answer { get; set; } = number => Task.FromResult((200, Token(number)));

    public Uri Url => new(application.Urls.Single());

    /// <summary>Reaches this server under whatever name it is asked for, and trusts no other.</summary>
    public SocketsHttpHandler Handler { get; }

    public static string Token(int number, int seconds = 3600) =>
        $$"""{"access_token":"token-{{number}}","expires_in":{{seconds}},"token_type":"Bearer"}""";

    public static async Task<TokenServer> StartAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=tokens.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        var server = new TokenServer(application, certificate);
        application.Run(server.ServeAsync);
        await application.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Handler.Dispose();
        await application.DisposeAsync();
        certificate.Dispose();
    }

    private async Task ServeAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        int number;
        lock (Requests)
        {
            var fields = form.ToDictionary(field => field.Key, field => field.Value.ToString());
            Requests.Enqueue(new Asked(http.Request.Host.Host, http.Request.Path, fields));
            number = Requests.Count;
        }

        var (status, json) = await Answer(number);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(json);
    }
}
