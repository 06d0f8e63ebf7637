using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace CleanGateway.Benchmarks.Servers;

/// <summary>YARP's forwarder and nothing else: what passing a call on costs in .NET.</summary>
internal static class YarpRole
{
    /// <summary>Serves until its input ends; to each line of it, prints how many bytes it has allocated since it began.</summary>
    public static async Task<int> RunAsync(int port, int upstreamPort, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        builder.Services.AddHttpForwarder();
        await using var app = builder.Build();

        // As YARP's documentation of direct forwarding has it.
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(15),
        });
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var destination = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{upstreamPort}/");
        app.Run(async http => await forwarder.SendAsync(http, destination, client, ForwarderRequestConfig.Empty, HttpTransformer.Default));
        await app.StartAsync(cancellationToken);

        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
            await Console.Out.WriteLineAsync(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));

        await app.StopAsync(cancellationToken);
        return 0;
    }
}
