using System.Net;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>
/// Asks a provider for the list of its models: it costs nothing, needs no model, and is refused like any call where the
/// credential is wrong. Vertex AI and Bedrock have no such list where their models are called.
/// </summary>
internal static class ModelListing
{
    /// <returns>Null: there is none for this sort of provider.</returns>
    public static Uri? UrlFor(string providerType, UpstreamAccount account) => providerType switch
    {
        "openai" or "openai_compatible" => new Uri(account.BaseUrl, "models"),
        "anthropic" => new Uri(account.BaseUrl, HasVersion(account.BaseUrl) ? "models" : "v1/models"),
        "gemini" => new Uri(account.BaseUrl, HasVersion(account.BaseUrl) ? "models" : "v1beta/models"),
        "azure" when account.Options.ApiVersion is { } version => new Uri(account.BaseUrl, $"openai/models?api-version={Uri.EscapeDataString(version)}"),
        "azure" => new Uri(account.BaseUrl, "openai/v1/models"),
        _ => null,
    };

    /// <summary>The answer's headers have come; its body is not read.</summary>
    /// <exception cref="UpstreamCredentialException">There is no token or key to ask with.</exception>
    public static async Task<HttpResponseMessage> AskAsync(
        string providerType, UpstreamAccount account, Uri url, ICredential credential, HttpMessageInvoker connections, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.Accept.ParseAdd("application/json");
        if (providerType == "anthropic")
            request.Headers.TryAddWithoutValidation("anthropic-version", account.Options.AnthropicVersion);
        await credential.ApplyAsync(request, default, cancellationToken);
        return await connections.SendAsync(request, cancellationToken);
    }

    // Clients differ on whether the version is part of the base.
    private static bool HasVersion(Uri baseUrl) => baseUrl.Segments is [.., var last] && last is ['v', >= '0' and <= '9', ..];
}
