using System.Text.Encodings.Web;
using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CleanGateway.Api.Auth;

/// <summary>Administrators. No API key is an admin token, and no admin token an API key: they are kept apart.</summary>
internal sealed class AdminTokenAuthentication(
    IAdminTokenDirectory tokens, GatewayMetrics metrics, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : BearerAuthentication(Secret.AdminTokenPrefix, metrics, options, loggers, encoder)
{
    protected override async ValueTask<string?> FindAsync(string hash, CancellationToken cancellationToken) =>
        (await tokens.FindUsableAsync(hash, cancellationToken))?.Name;
}
