using System.Security.Claims;
using System.Text.Encodings.Web;
using CleanGateway.Api.Common;
using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace CleanGateway.Api.Auth;

/// <summary>Administrators. No API key is an admin token, and no admin token an API key: they are kept apart.</summary>
internal sealed class AdminTokenAuthentication(
    IAdminTokenDirectory tokens, FailedLogins failures, GatewayMetrics metrics,
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : BearerAuthentication(Secret.AdminTokenPrefix, failures, metrics, options, loggers, encoder)
{
    protected override async ValueTask<IReadOnlyList<Claim>?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        if (await tokens.FindUsableAsync(hash, cancellationToken) is not { } token)
            return null;

        var operation = Context.RequestServices.GetRequiredService<Operation>();
        operation.Actor = new Actor(ActorKind.AdminToken, token.Id, token.Name, token.Role, CallerAddress.Of(Context)?.ToString());
        operation.RequestId = Context.Features.GetRequiredFeature<RequestIdentity>().Id.Value;
        return [new Claim(ClaimTypes.Name, token.Name), new Claim(Access.RoleClaim, token.Role.Name())];
    }

    protected override bool IsKnown(string hash) => tokens.IsKnown(hash);

    protected override GatewayError Forbidden()
    {
        var needed = Context.GetEndpoint()?.Metadata.GetMetadata<NeededRole>();
        return needed is null ? base.Forbidden() : new GatewayError(
            GatewayErrorKind.Forbidden, "role_required",
            $"This needs the role {needed.Role.Name()}; this admin token has {Context.User.FindFirst(Access.RoleClaim)?.Value}.");
    }
}
