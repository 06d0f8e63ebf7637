namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>Where the operations on a model are.</summary>
internal static class BedrockUrls
{
    /// <summary>
    /// The model's id or ARN is one segment of the path: every byte of it is encoded that RFC 3986 does not call unreserved,
    /// colons and slashes too. The signature is of the path as it is sent, and an encoded one is sent as it is written.
    /// </summary>
    /// <param name="operation">The last segment: <c>converse</c>, <c>converse-stream</c>, <c>invoke</c> …</param>
    public static Uri Of(UpstreamAccount account, string model, string operation) =>
        new(account.BaseUrl, $"model/{Uri.EscapeDataString(model)}/{operation}");
}
