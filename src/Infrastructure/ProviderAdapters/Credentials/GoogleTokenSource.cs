using System.Text.RegularExpressions;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using Google.Apis.Util;

namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>Access tokens of a Google service account (RFC 7523), through Google's library.</summary>
/// <param name="handler">How its token endpoint is reached.</param>
internal sealed class GoogleServiceAccountTokens(UpstreamIdentity.GoogleServiceAccount account, HttpMessageHandler handler, TimeProvider clock)
    : IAccessTokenSource
{
    public async Task<AccessToken> RequestAsync(CancellationToken cancellationToken)
    {
        var credential = new ServiceAccountCredential(
            new ServiceAccountCredential.Initializer(account.ClientEmail, account.TokenUri.AbsoluteUri)
            {
                Scopes = [GoogleTokens.Scope],
                KeyId = account.PrivateKeyId,
                Clock = new GoogleClock(clock),
                HttpClientFactory = new HttpClientFromMessageHandlerFactory(
                    _ => new(handler, performsAutomaticDecompression: false, handlesRedirect: false)),
                DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
            }.FromPrivateKey(account.PrivateKey));
        return await GoogleTokens.RequestAsync(credential, cancellationToken);
    }

    private sealed class GoogleClock(TimeProvider clock) : IClock
    {
        public DateTime Now => clock.GetLocalNow().DateTime;

        public DateTime UtcNow => clock.GetUtcNow().UtcDateTime;
    }
}

/// <summary>
/// Google's application default credentials: the file <c>GOOGLE_APPLICATION_CREDENTIALS</c> names, those of
/// <c>gcloud</c>, or the machine's own. The library finds and reaches them by itself.
/// </summary>
internal sealed class GoogleDefaultTokens : IAccessTokenSource
{
    public async Task<AccessToken> RequestAsync(CancellationToken cancellationToken)
    {
        try
        {
            var found = await GoogleCredential.GetApplicationDefaultAsync(cancellationToken);
            return await GoogleTokens.RequestAsync(found.CreateScoped(GoogleTokens.Scope).UnderlyingCredential, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            throw new UpstreamCredentialException("Google gave no token: there are no application default credentials here, or they cannot be read");
        }
    }
}

/// <summary>What all sorts of Google credentials have in common.</summary>
internal static partial class GoogleTokens
{
    public const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    /// <exception cref="UpstreamCredentialException">Google refuses, or cannot be reached.</exception>
    public static async Task<AccessToken> RequestAsync(Google.Apis.Auth.OAuth2.ICredential credential, CancellationToken cancellationToken)
    {
        try
        {
            return credential switch
            {
                ServiceCredential service when await service.RequestAccessTokenAsync(cancellationToken) => TokenOf(service.Token),
                UserCredential user when await user.RefreshTokenAsync(cancellationToken) => TokenOf(user.Token),
                _ => throw new UpstreamCredentialException($"Google gave no token for a {credential.GetType().Name}"),
            };
        }
        catch (TokenResponseException refused)
        {
            throw new UpstreamCredentialException($"Google gave no token: {Why(refused)}");
        }
        catch (HttpRequestException failure)
        {
            throw new UpstreamCredentialException(failure.InnerException is DestinationRefusedException
                ? "Google gave no token: the gateway does not connect to where the token_uri is"
                : $"Google gave no token: {failure.HttpRequestError}");
        }
    }

    private static AccessToken TokenOf(TokenResponse token) => token is { AccessToken: { } value, ExpiresInSeconds: > 0 and { } seconds }
        ? new AccessToken(value, new DateTimeOffset(DateTime.SpecifyKind(token.IssuedUtc, DateTimeKind.Utc)).AddSeconds(seconds))
        : throw new UpstreamCredentialException("Google's answer holds no token, or does not say how long it is good for");

    // RFC 6749, 5.2: the code is one of a few words; what is written besides may quote what was sent.
    private static string Why(TokenResponseException refused)
    {
        var status = refused.StatusCode is { } code ? $"status {(int)code}" : "no status";
        return refused.Error?.Error is { } word && IsCode().IsMatch(word) ? $"{word} ({status})" : status;
    }

    [GeneratedRegex("^[a-z_]{1,40}$")]
    private static partial Regex IsCode();
}
