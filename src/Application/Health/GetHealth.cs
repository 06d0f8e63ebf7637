using CleanGateway.Application.Common;

namespace CleanGateway.Application.Health;

/// <summary>How the gateway is, in words without any detail: anyone may ask.</summary>
public sealed record GetHealth : IQuery<HealthReport>;

/// <param name="Status"><c>ready</c> or <c>not_ready</c>: whether calls are answered now.</param>
/// <param name="Configuration"><c>invalid</c> while the newest configuration cannot be used and an older one is.</param>
public sealed record HealthReport(string Status, string Database, string Journal, string Configuration, string Redis)
{
    public const string Ready = "ready";
    public const string NotReady = "not_ready";
}
