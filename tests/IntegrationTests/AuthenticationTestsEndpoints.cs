using System.Security.Claims;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Every endpoint there is, and what it needs. Whoever adds one adds it here.</summary>
public class AuthenticationTestsEndpoints(GatewayFixture gateway)
{
    [Fact]
    public void Every_endpoint_says_what_it_needs() =>
        gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(Describe).Should().BeEquivalentTo(
            "POST /v1/chat/completions: client-key",
            "POST /v1/responses: client-key",
            "POST /v1/embeddings: client-key",
            "POST /v1/messages: client-key",
            "POST /v1/messages/count_tokens: client-key",
            "any /v1/messages/{**path}: client-key",
            "GET /v1/models: client-key",
            "GET /v1/models/{**id}: client-key",
            "any /v1/{**path}: client-key",
            "GET|HEAD /health: nothing",
            "GET|HEAD /health/live: nothing",
            "GET|HEAD /health/ready: nothing",
            "GET /api/health: nothing",
            "GET /api/requests: admin-token:viewer",
            "GET /api/requests/{id}: admin-token:admin",
            "GET /api/responses: admin-token:viewer",
            "GET /api/responses/{requestId}: admin-token:admin",
            "GET /api/db-stats: admin-token:viewer",
            "GET /metrics: admin-token:viewer",
            "GET /admin/requests: admin-token:viewer",
            "GET /admin/requests/{id}: admin-token:admin",
            "GET /admin/responses: admin-token:viewer",
            "GET /admin/responses/{requestId}: admin-token:admin",
            "GET /admin/audit: admin-token:owner",
            "GET /admin/config: admin-token:viewer",
            "GET /admin/gateways: admin-token:viewer",
            "GET /admin/partitions: admin-token:viewer",
            "POST /admin/partitions/maintain: admin-token:admin",
            "GET /admin/log-levels: admin-token:viewer",
            "PUT /admin/log-levels: admin-token:admin",
            "GET /admin/budgets/{id:guid}: admin-token:viewer",
            "GET /admin/budgets/{id:guid}/adjustments: admin-token:viewer",
            "POST /admin/budgets/{id:guid}/adjust: admin-token:key-manager",
            "POST /admin/budgets/{id:guid}/reset: admin-token:key-manager",
            "GET /admin/usage: admin-token:viewer",
            "POST /admin/models/import: admin-token:admin",
            "GET /admin/models: admin-token:viewer",
            "POST /admin/models: admin-token:admin",
            "GET /admin/models/{id:guid}: admin-token:viewer",
            "PATCH /admin/models/{id:guid}: admin-token:admin",
            "DELETE /admin/models/{id:guid}: admin-token:admin",
            "GET /admin/aliases: admin-token:viewer",
            "POST /admin/aliases: admin-token:admin",
            "GET /admin/aliases/{id:guid}: admin-token:viewer",
            "PATCH /admin/aliases/{id:guid}: admin-token:admin",
            "DELETE /admin/aliases/{id:guid}: admin-token:admin",
            "GET /admin/providers: admin-token:viewer",
            "POST /admin/providers: admin-token:admin",
            "GET /admin/providers/{id:guid}: admin-token:viewer",
            "PATCH /admin/providers/{id:guid}: admin-token:admin",
            "DELETE /admin/providers/{id:guid}: admin-token:admin",
            "PUT /admin/providers/{id:guid}/credentials: admin-token:admin",
            "DELETE /admin/providers/{id:guid}/credentials: admin-token:admin",
            "POST /admin/providers/{id:guid}/test: admin-token:admin",
            "POST /admin/import/litellm: admin-token:owner",
            "GET /admin/projects: admin-token:viewer",
            "POST /admin/projects: admin-token:key-manager",
            "GET /admin/projects/{id:guid}: admin-token:viewer",
            "PATCH /admin/projects/{id:guid}: admin-token:key-manager",
            "DELETE /admin/projects/{id:guid}: admin-token:key-manager",
            "GET /admin/keys: admin-token:viewer",
            "POST /admin/keys: admin-token:key-manager",
            "GET /admin/keys/{id:guid}: admin-token:viewer",
            "PATCH /admin/keys/{id:guid}: admin-token:key-manager",
            "POST /admin/keys/{id:guid}/rotate: admin-token:key-manager",
            "DELETE /admin/keys/{id:guid}: admin-token:key-manager",
            "GET /admin/tokens: admin-token:admin",
            "POST /admin/tokens: admin-token:admin",
            "GET /admin/tokens/{id:guid}: admin-token:admin",
            "DELETE /admin/tokens/{id:guid}: admin-token:admin",
            "GET /admin/me: admin-token:viewer",
            "GET /admin/secrets: admin-token:owner",
            "GET /openapi/{documentName}.json: nothing",
            "any /{**path}: nothing");

    [Fact]
    public async Task One_that_says_nothing_is_closed_to_everyone()
    {
        var everyone = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "someone")], "any-scheme"));
        var policies = gateway.Services.GetRequiredService<IAuthorizationPolicyProvider>();
        await using var scope = gateway.Services.CreateAsyncScope();
        var authorization = scope.ServiceProvider.GetRequiredService<IAuthorizationService>();

        foreach (var policy in (AuthorizationPolicy?[])[await policies.GetFallbackPolicyAsync(), await policies.GetDefaultPolicyAsync()])
            (await authorization.AuthorizeAsync(everyone, resource: null, policy!)).Succeeded.Should().BeFalse();
    }

    private static string Describe(RouteEndpoint endpoint)
    {
        var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["any"];
        var need = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            ? "nothing"
            : string.Join('+', endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy));
        return $"{string.Join('|', methods)} {endpoint.RoutePattern.RawText!.TrimEnd('/')}: {need}";
    }
}
