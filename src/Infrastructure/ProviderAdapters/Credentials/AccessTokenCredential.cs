using System.Net.Http.Headers;

namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary><c>Authorization: Bearer</c> with a token that Microsoft Entra ID or Google has lent.</summary>
/// <param name="userProject">The project that Google books the calls on, where it is not the account's own.</param>
internal sealed class AccessTokenCredential(AccessTokenCache tokens, string? userProject = null) : IRefreshableCredential
{
    private const string Scheme = "Bearer";
    private const string UserProjectHeader = "x-goog-user-project";

    public async ValueTask ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue(Scheme, await tokens.GetAsync(cancellationToken));
        if (userProject is null)
            return;

        request.Headers.Remove(UserProjectHeader);
        request.Headers.Add(UserProjectHeader, userProject);
    }

    public void Forget(HttpRequestMessage refused)
    {
        if (refused.Headers.Authorization is { Scheme: Scheme, Parameter: { } token })
            tokens.Forget(token);
    }
}
