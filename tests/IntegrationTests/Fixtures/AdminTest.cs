using System.Net.Http.Headers;
using System.Text;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Tests of the admin API: its requests, tokens of all roles, and a look into the audit log.</summary>
public abstract class AdminTest(GatewayFixture gateway) : GatewayTest(gateway)
{
    /// <param name="path">After <c>/admin/</c>.</param>
    /// <param name="token">Null: the owner's.</param>
    /// <param name="ifMatch">Null: no such header.</param>
    protected async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? json = null, string? token = null, string? ifMatch = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, $"/admin/{path}");
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Gateway.AdminToken);
        return await Client(key: null, Gateway.AdminUrl).SendAsync(request, Stop);
    }

    protected Task<HttpResponseMessage> GetAsync(string path, string? token = null) => SendAsync(HttpMethod.Get, path, token: token);

    protected Task<HttpResponseMessage> CreateAsync(string path, string json, string? token = null) => SendAsync(HttpMethod.Post, path, json, token);

    protected Task<HttpResponseMessage> PatchAsync(string path, string json, string ifMatch = "*", string? token = null) =>
        SendAsync(HttpMethod.Patch, path, json, token, ifMatch);

    protected Task<HttpResponseMessage> DeleteAsync(string path, string? token = null) => SendAsync(HttpMethod.Delete, path, token: token);

    /// <summary>A usable admin token of this role.</summary>
    protected async Task<string> TokenAsync(AdminRole role)
    {
        var secret = Secret.Generate(Secret.AdminTokenPrefix);
        await SqlAsync("INSERT INTO admin_tokens (name, token_hash, role) VALUES ($1, $2, $1)", role.Name(), Secret.Hash(secret));
        await Gateway.SettledAsync();
        return secret;
    }

    /// <summary>What the audit log says of one thing, oldest first.</summary>
    protected Task<IReadOnlyList<object?[]>> AuditAsync(object targetId) => RowsAsync(
        """
        SELECT action, target_type, target_name, changed, actor_kind, actor_name, before_hash IS NOT NULL, after_hash IS NOT NULL
        FROM audit_log WHERE target_id = $1 ORDER BY id
        """,
        targetId.ToString());
}
