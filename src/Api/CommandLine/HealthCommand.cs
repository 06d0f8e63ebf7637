using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway health</c>: what a container's health check runs, where there is no other program to ask with.</summary>
internal static class HealthCommand
{
    private const int Ready = 0;
    private const int NotReady = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var url = new Option<Uri>("--url")
        {
            Description = "Where the gateway is. Without it: where the settings say",
            CustomParser = given => Uri.TryCreate(given.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : Refuse(given),
        };
        var health = new Command("health", "Ask a running gateway whether it answers calls. Exit code 0 if it does, else 1.") { url };
        health.SetAction((parsed, cancellationToken) => AskAsync(parsed.GetValue(url), cancellationToken));
        return health;
    }

    private static Uri? Refuse(System.CommandLine.Parsing.ArgumentResult given)
    {
        given.AddError($"--url is '{given.Tokens[0].Value}': expected an http or https URL");
        return null;
    }

    private static async Task<int> AskAsync(Uri? url, CancellationToken cancellationToken)
    {
        var ready = new Uri(url ?? FromSettings(), "/health/ready");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(ready, cancellationToken);
            Console.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.IsSuccessStatusCode ? Ready : NotReady;
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await Console.Error.WriteLineAsync($"{ready} does not answer: {failure.GetBaseException().Message}");
            return NotReady;
        }
    }

    private static Uri FromSettings()
    {
        var settings = CommandSettings.Read();
        if (settings.HttpPort == 0)
            throw new StartException("GATEWAY_HTTP_PORT is 0, so nobody knows where the gateway is: give --url http://host:port");

        var host = settings.HttpHost;
        if (host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any))
            host = IPAddress.Loopback;
        return new Uri(host.AddressFamily == AddressFamily.InterNetworkV6 ? $"http://[{host}]:{settings.HttpPort}" : $"http://{host}:{settings.HttpPort}");
    }
}
