using CleanGateway.Application.Telemetry;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Telemetry;

internal sealed class ContentCapture(GatewaySettings settings) : IContentCapture
{
    public bool IsOn { get; } = settings.Telemetry is { CapturesContent: true };
}
