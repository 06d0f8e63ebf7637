namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>A key in a header of the vendor's own: <c>api-key</c>, <c>x-api-key</c>, <c>x-goog-api-key</c>.</summary>
/// <param name="apiKey">Null or empty for servers that want none: then the header is not sent.</param>
/// <param name="prefix">What stands before the key.</param>
internal sealed class HeaderCredential(string name, string? apiKey, string prefix = "") : ICredential
{
    private readonly string? value = string.IsNullOrEmpty(apiKey) ? null : prefix + apiKey;

    public ValueTask ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        request.Headers.Remove(name);
        if (value is not null)
            request.Headers.Add(name, value);

        return ValueTask.CompletedTask;
    }
}
