using System.Text;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Telemetry;

/// <summary>Tests of a gateway that sends its telemetry to a collector; what there is, is sent when it stops.</summary>
public abstract class TelemetryTest(GatewayFixture gateway) : ChatTestOfStreams(gateway)
{
    protected const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    protected const string CallersSpan = "00f067aa0ba902b7";
    protected const string TraceParent = $"00-{TraceId}-{CallersSpan}-01";

    private protected static (string Name, string Value) To(OtlpReceiver collector) => ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url.ToString().TrimEnd('/'));

    /// <summary>Asks a gateway, and waits for the end of its answer.</summary>
    private protected async Task<(int Status, string Text)> AskAsync(Uri gateway, string body, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(gateway, body, headers);
        return ((int)response.StatusCode, (await ReadToEndAsync(response)).Text);
    }

    /// <summary>Completes with the headers of the answer.</summary>
    private protected async Task<HttpResponseMessage> SendAsync(Uri gateway, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client(url: gateway).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }
}
