using System.Security.Claims;
using System.Text.Encodings.Web;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CleanGateway.Api.Auth;

/// <summary>Reads a bearer token (RFC 6750, 2.1) and asks whose it is. All wrong ones get one answer.</summary>
/// <param name="prefix">What tokens of this sort begin with where the gateway made them.</param>
internal abstract class BearerAuthentication(
    string prefix, GatewayMetrics metrics, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string BearerScheme = "Bearer ";
    private GatewayError error = GatewayError.MissingAuthorization;

    /// <returns>Whoever the token belongs to; null when it belongs to no one.</returns>
    protected abstract ValueTask<IReadOnlyList<Claim>?> FindAsync(string hash, CancellationToken cancellationToken);

    /// <summary>What those are told whom their token does not open the door to.</summary>
    protected virtual GatewayError Forbidden() => new(GatewayErrorKind.Forbidden, "access_denied", "Access denied.");

    /// <summary>The secret that a request has; null when there is none.</summary>
    protected virtual string? Credential() =>
        Request.Headers.Authorization is [{ } header] && header.StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase)
        && header[BearerScheme.Length..].Trim() is { Length: > 0 } secret
            ? secret
            : null;

    protected sealed override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Credential() is not { } secret)
            return AuthenticateResult.NoResult();

        try
        {
            if (!Secret.IsMistyped(secret, prefix) && await FindAsync(Secret.Hash(secret), Context.RequestAborted) is { } claims)
            {
                var identity = new ClaimsIdentity(claims, Scheme.Name);
                return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
            }

            error = GatewayError.InvalidApiKey;
        }
        catch (GatewayException unavailable)
        {
            error = unavailable.Error;
        }

        return AuthenticateResult.Fail(error.Code);
    }

    protected sealed override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        metrics.AuthenticationFailed(error);
        return Response.WriteErrorAsync(error);
    }

    protected sealed override Task HandleForbiddenAsync(AuthenticationProperties properties) => Response.WriteErrorAsync(Forbidden());
}
