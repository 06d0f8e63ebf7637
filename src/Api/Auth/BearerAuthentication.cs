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
    string prefix, FailedLogins failures, GatewayMetrics metrics, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string BearerScheme = "Bearer ";
    private GatewayError error = GatewayError.MissingAuthorization;

    /// <returns>Whoever the token belongs to; null when it belongs to no one.</returns>
    protected abstract ValueTask<IReadOnlyList<Claim>?> FindAsync(string hash, CancellationToken cancellationToken);

    /// <summary>The token was somebody's not long ago; asks nobody.</summary>
    protected abstract bool IsKnown(string hash);

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

        var hash = Secret.Hash(secret);
        var address = CallerAddress.NetworkOf(Context);
        if (failures.WaitFor(address) is { } wait && !IsKnown(hash))
        {
            // Those behind the same address whose token is right go on.
            error = TooManyFailures(wait);
            return AuthenticateResult.Fail(error.Code);
        }

        try
        {
            // Told without the database, and so sooner; but how a checksum is made is no secret, so nobody learns anything.
            if (!Secret.IsMistyped(secret, prefix) && await FindAsync(hash, Context.RequestAborted) is { } claims)
            {
                var identity = new ClaimsIdentity(claims, Scheme.Name);
                return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
            }

            failures.Count(address);
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

    private static GatewayError TooManyFailures(TimeSpan wait) => new(
        GatewayErrorKind.RateLimited, "too_many_failed_logins", "Too many wrong credentials came from this address. Please try again later.")
    {
        RetryAfter = wait,
    };
}
