using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>The gateway as its callers see it: by HTTP alone.</summary>
internal sealed class GatewayProbe : IDisposable
{
    // A model may think for a while; whether a gateway is there is known sooner.
    private static readonly TimeSpan CallDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(10);

    private readonly ValidationTarget target;
    private readonly TimeProvider clock;
    private readonly HttpClient http;

    public GatewayProbe(ValidationTarget target, TimeProvider clock)
    {
        this.target = target;
        this.clock = clock;

        // The key goes to the address that was given, and to no other.
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = !target.IsLocal, ConnectTimeout = LookDeadline })
        {
            BaseAddress = target.BaseUrl,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        Body = JsonSerializer.Serialize(new { model = target.Model, messages = new[] { new { role = "user", content = "hello" } } });
    }

    /// <summary>What is sent as a call.</summary>
    public string Body { get; }

    /// <exception cref="HttpRequestException">There is no answer.</exception>
    /// <exception cref="TimeoutException">There is none in time.</exception>
    public Task<HttpLook> GetAsync(string path, CancellationToken cancellationToken, bool asAdmin = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (asAdmin)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", target.AdminToken);
        return SendAsync(request, LookDeadline, cancellationToken);
    }

    /// <inheritdoc cref="GetAsync"/>
    public Task<HttpLook> CallAsync(CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new StringContent(Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", target.ApiKey);
        return SendAsync(request, CallDeadline, cancellationToken);
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpLook> SendAsync(HttpRequestMessage request, TimeSpan within, CancellationToken cancellationToken)
    {
        using (request)
        {
            using var deadline = new CancellationTokenSource(within, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            try
            {
                using var answer = await http.SendAsync(request, either.Token);

                // As JSON is encoded, whatever charset a proxy names: it may be one that there is not.
                var body = Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(either.Token)).TrimStart('\uFEFF');
                var headers = answer.Headers.ToDictionary(
                    header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
                return new HttpLook((int)answer.StatusCode, headers, body);
            }
            catch (OperationCanceledException late) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"no answer within {within.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds", late);
            }
        }
    }
}

/// <summary>One answer.</summary>
internal sealed record HttpLook(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? RequestId => Headers.GetValueOrDefault("X-Request-ID");
    public double? OverheadMs => Milliseconds("X-DB-Overhead");
    public double? LatencyMs => Milliseconds("X-Total-Latency");

    /// <summary>Null: it is no JSON object.</summary>
    public JsonElement? Json
    {
        get
        {
            try
            {
                using var document = JsonDocument.Parse(Body);
                return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    private double? Milliseconds(string header) =>
        Headers.GetValueOrDefault(header) is { } text && text.EndsWith("ms", StringComparison.Ordinal)
        && double.TryParse(text.AsSpan(..^2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds)
            ? milliseconds
            : null;
}
