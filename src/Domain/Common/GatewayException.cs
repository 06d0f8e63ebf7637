namespace CleanGateway.Domain.Common;

/// <summary>Carries a <see cref="GatewayError"/> where errors are thrown: everywhere but on the chat path.</summary>
public sealed class GatewayException(GatewayError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public GatewayError Error { get; } = error;
}
