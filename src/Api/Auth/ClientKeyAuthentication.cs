using System.Security.Claims;
using System.Text.Encodings.Web;
using CleanGateway.Api.Common;
using CleanGateway.Api.Inference;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace CleanGateway.Api.Auth;

/// <summary>Callers: an API key makes a request a <see cref="ClientCall"/>.</summary>
internal sealed class ClientKeyAuthentication(
    IApiKeyDirectory keys, GatewaySettings settings, FailedLogins failures, GatewayMetrics metrics,
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : BearerAuthentication(Secret.ApiKeyPrefix, failures, metrics, options, loggers, encoder)
{
    private const string ApiKeyHeader = "x-api-key";

    // Where clients of Anthropic's API call, their header is the one that counts, as it is there.
    protected override string? Credential() =>
        Context.TakesApiKeyHeader() && Request.Headers[ApiKeyHeader] is [{ } header] && header.Trim() is { Length: > 0 } secret
            ? secret
            : base.Credential();

    protected override bool IsKnown(string hash) => keys.IsKnown(hash);

    protected override async ValueTask<IReadOnlyList<Claim>?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        if (await keys.FindUsableAsync(hash, cancellationToken) is not { } key)
            return null;

        var identity = Context.Features.GetRequiredFeature<RequestIdentity>();
        identity.KeyId = key.Id;
        Context.Features.Set(new ClientCall(
            identity.Id, key, RequestLines.Of(Context, identity), identity.StartedAt, identity.StartedTimestamp, key.LogContent ?? settings.LogContent)
        {
            Api = Context.ApiFormat(),
            TraceContext = identity.TraceContext,
            ServerSpan = Context.Features.Get<IHttpActivityFeature>()?.Activity,
        });
        return [new Claim(ClaimTypes.Name, key.Name)];
    }
}
