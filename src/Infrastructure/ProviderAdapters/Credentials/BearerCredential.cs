using System.Net.Http.Headers;

namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary><c>Authorization: Bearer</c>, and the account's organization and project where they are configured.</summary>
internal sealed class BearerCredential(UpstreamCredentials credentials) : ICredential
{
    private readonly AuthenticationHeaderValue? authorization =
        credentials.ApiKey is { Length: > 0 } key ? new AuthenticationHeaderValue("Bearer", key) : null;

    public ValueTask ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = authorization;
        if (credentials.Organization is { } organization)
            request.Headers.Add("OpenAI-Organization", organization);
        if (credentials.Project is { } project)
            request.Headers.Add("OpenAI-Project", project);

        return ValueTask.CompletedTask;
    }
}
