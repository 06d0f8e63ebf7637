using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace CleanGateway.IntegrationTests.Telemetry;

/// <summary>A collector on a real socket, by either of OTLP's ways, which remembers what it was sent.</summary>
/// <seealso href="https://opentelemetry.io/docs/specs/otlp/"/>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<(string Path, string? Credential, byte[] Body)> requests = new();
    private int attempts;

    private OtlpReceiver(HttpProtocols protocol)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocol));
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    public Uri Url => new(app.Urls.Single());

    /// <summary>How often it was sent something, taken or not.</summary>
    public int Attempts => attempts;

    /// <summary>What it answers; 200 takes what it is sent.</summary>
    public int Status { get; set; } = 200;

    /// <summary>Where each request went, and what its header <c>x-credential</c> said.</summary>
    public IReadOnlyList<(string Path, string? Credential)> Requests => [.. requests.Select(request => (request.Path, request.Credential))];

    /// <summary>Everything it was sent, as text: strings stand in Protocol Buffers as they are.</summary>
    public string Everything => string.Join('\n', requests.Select(request => System.Text.Encoding.Latin1.GetString(request.Body)));

    public IReadOnlyList<OtlpSpan> Spans =>
    [
        .. from request in requests
           where request.Path.Contains("trace", StringComparison.OrdinalIgnoreCase)
           from resource in new ProtobufMessage(request.Body).Messages(1)
           from scope in resource.Messages(2)
           from span in scope.Messages(2)
           select OtlpSpan.Read(span, OtlpSpan.Attributes(resource.Message(1)!, 1)),
    ];

    public IReadOnlyList<OtlpPoint> Points =>
    [
        .. from request in requests
           where request.Path.Contains("metric", StringComparison.OrdinalIgnoreCase)
           from resource in new ProtobufMessage(request.Body).Messages(1)
           from scope in resource.Messages(2)
           from metric in scope.Messages(2)
           from point in OtlpPoint.Read(metric)
           select point,
    ];

    public static async Task<OtlpReceiver> StartAsync(HttpProtocols protocol = HttpProtocols.Http1)
    {
        var receiver = new OtlpReceiver(protocol);
        await receiver.app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        Interlocked.Increment(ref attempts);
        var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var isGrpc = http.Request.ContentType == "application/grpc";
        if (Status == 200)
            requests.Enqueue((http.Request.Path, http.Request.Headers["x-credential"], isGrpc ? body.ToArray()[5..] : body.ToArray()));

        // An empty message says that all was taken; gRPC puts a length before it and its status behind.
        http.Response.StatusCode = Status;
        http.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        if (isGrpc)
        {
            await http.Response.Body.WriteAsync(new byte[5], http.RequestAborted);
            http.Response.AppendTrailer("grpc-status", "0");
        }
    }
}

/// <param name="Kind">2 is a server, 3 a client, 1 neither.</param>
/// <param name="Parent">Empty: it has none.</param>
/// <param name="Status">2 is an error.</param>
internal sealed record OtlpSpan(
    string Name, long Kind, string TraceId, string Id, string Parent, string TraceState, long Start, long End, long Status,
    IReadOnlyDictionary<string, object> Tags, IReadOnlyDictionary<string, object> Resource)
{
    public static OtlpSpan Read(ProtobufMessage span, IReadOnlyDictionary<string, object> resource) => new(
        span.Text(5), span.Integer(6), span.Hex(1), span.Hex(2), span.Hex(4), span.Text(3), span.Integer(7), span.Integer(8),
        span.Message(15)?.Integer(3) ?? 0, Attributes(span, 9), resource);

    /// <summary>The attributes that a message has in a field.</summary>
    public static IReadOnlyDictionary<string, object> Attributes(ProtobufMessage message, int field) =>
        message.Messages(field).ToDictionary(pair => pair.Text(1), pair => Value(pair.Message(2)!), StringComparer.Ordinal);

    private static object Value(ProtobufMessage value) =>
        value.Has(2) ? value.Integer(2) != 0
        : value.Has(3) ? value.Integer(3)
        : value.Has(4) ? value.Double(4)
        : value.Message(5) is { } array ? string.Join(',', array.Messages(1).Select(Value))
        : value.Text(1);
}

/// <param name="Count">Of a histogram; 0 for others.</param>
internal sealed record OtlpPoint(string Metric, string Unit, long Count, double Sum, IReadOnlyDictionary<string, object> Tags)
{
    public static IEnumerable<OtlpPoint> Read(ProtobufMessage metric) =>
        metric.Message(9) is { } histogram
            ? histogram.Messages(1).Select(point => new OtlpPoint(metric.Text(1), metric.Text(3), point.Integer(4), point.Double(5), OtlpSpan.Attributes(point, 9)))
            : (metric.Message(5) ?? metric.Message(7))?.Messages(1)
                .Select(point => new OtlpPoint(metric.Text(1), metric.Text(3), 0, point.Double(4), OtlpSpan.Attributes(point, 7))) ?? [];
}
