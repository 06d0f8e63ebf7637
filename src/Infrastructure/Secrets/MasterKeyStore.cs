using CleanGateway.Application.Providers;
using CleanGateway.Application.Secrets;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.AuditLog;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanGateway.Infrastructure.Secrets;

internal sealed class MasterKeyStore(
    GatewayDatabase database, GatewayDbContext context, MasterKeys keys, ICredentialCipher cipher, EnvelopeCipher envelopes, AuditTrail audit, TimeProvider clock) : IMasterKeyStore
{
    /// <summary>What the audit log calls master keys.</summary>
    public const string Audited = "master_key";

    // Any number no one else uses.
    private const long RotationLock = 0x436C65616E4B65;
    private const int BatchSize = 50;
    private const string AnySealed = $"{EnvelopeCipher.Prefix}%";

    public bool AreOwn => keys.AreOwn;

    public bool Holds(string key) => keys.Find(key) is not null;

    public string? FirstBut(IReadOnlyCollection<string> known) => keys.Held.FirstOrDefault(key => !known.Contains(key.Id))?.Id;

    public async Task<string> MakeAsync(CancellationToken cancellationToken) => (await keys.MakeAsync(cancellationToken)).Id;

    // A session's lock, on a connection of its own: it is gone with its holder.
    public async Task<IAsyncDisposable> BeginAsync(CancellationToken cancellationToken)
    {
        var connection = await database.OpenDedicatedAsync(cancellationToken);
        await using var take = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection);
        take.Parameters.Add(new NpgsqlParameter<long> { TypedValue = RotationLock });
        if (await take.ExecuteScalarAsync(cancellationToken) is true)
            return connection;

        await connection.DisposeAsync();
        throw new GatewayException(new GatewayError(
            GatewayErrorKind.Conflict, "rotation_under_way", "Another rotation of the master key is under way: wait for its end."));
    }

    public Task<SecretsStatus> ReadAsync(CancellationToken cancellationToken) => SecretsReader.ReadAsync(context, cancellationToken);

    public async Task RegisterAsync(string key, CancellationToken cancellationToken)
    {
        var version = await context.Set<MasterKeyRow>().MaxAsync(row => (int?)row.Version, cancellationToken) ?? 0;
        context.Add(new MasterKeyRow { Id = key, Version = version + 1, CheckValue = keys.Find(key)!.CheckValue, CreatedAt = clock.GetUtcNow() });
        Audit(key, "version", "check_value");
        await context.SaveChangesAsync(cancellationToken);
    }

    public async Task<bool> ActivateAsync(string key, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var activated = await context.Database.ExecuteSqlRawAsync(
            $$"""
            UPDATE master_keys SET active_at = now() WHERE id = {0} AND NOT EXISTS (
                SELECT FROM gateway_instances
                WHERE seen_at > now() - interval '{{SecretsReader.LivesWithin}}' AND NOT coalesce({0} = ANY (master_keys), false))
            """,
            [key], cancellationToken) == 1;
        if (!activated)
            return false;

        Audit(key, "active_at");
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        keys.Activate(key);
        return true;
    }

    public async Task<RewrapBatch> RewrapAsync(Guid? after, CancellationToken cancellationToken)
    {
        var active = keys.NeedActive().Id;
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var rows = await context.Database.SqlQuery<ProviderRow>(
            $"""
            SELECT id AS "Id", name AS "Name", provider_type AS "Type", encrypted_credentials AS "Credentials", config::text AS "Config", source AS "Source"
            FROM providers
            WHERE encrypted_credentials LIKE {AnySealed} AND split_part(encrypted_credentials, ':', 3) <> {active}
              AND id > {after ?? Guid.Empty}
            ORDER BY id LIMIT {BatchSize}
            """).ToListAsync(cancellationToken);

        var (rewrapped, unreadable) = (0, new List<UnreadableCredentials>());
        foreach (var row in rows)
        {
            try
            {
                rewrapped += await RewrapAsync(row, cancellationToken);
            }
            catch (GatewayException unusable)
            {
                unreadable.Add(new UnreadableCredentials(row.Name, unusable.Error.Message));
            }
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new RewrapBatch(rows.Count == 0 ? null : rows[^1].Id, rewrapped, rows.Count - rewrapped - unreadable.Count, unreadable);
    }

    public async Task<IReadOnlyList<string>> RetireAsync(string active, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await RewrapAnswersAsync(cancellationToken);
        var sealing = await CredentialsByKey.ReadAsync(context, cancellationToken);
        var known = await context.Set<MasterKeyRow>().AsNoTracking().OrderBy(row => row.Version).ToListAsync(cancellationToken);
        var newest = known.Single(row => row.Id == active).Version;
        var retired = known.Where(row => row.RetiredAt is null && row.Version < newest && !sealing.ContainsKey(row.Id)).Select(row => row.Id).ToList();
        await context.Set<MasterKeyRow>().Where(row => retired.Contains(row.Id))
            .ExecuteUpdateAsync(row => row.SetProperty(r => r.RetiredAt, clock.GetUtcNow()), cancellationToken);
        foreach (var key in retired)
            Audit(key, "retired_at");

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return retired;
    }

    // What requests were answered is kept for a day; what cannot be opened any more is of no use to anyone.
    private async Task RewrapAnswersAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await context.Set<IdempotencyKeyRow>().Where(row => row.EncryptedAnswer != null).ToListAsync(cancellationToken))
        {
            try
            {
                row.EncryptedAnswer = envelopes.Rewrap(row.EncryptedAnswer!, IdempotencyKeys.OwnerOf(row)) ?? row.EncryptedAnswer;
            }
            catch (GatewayException)
            {
                context.Remove(row);
            }
        }
    }

    public async Task<IReadOnlyList<string>> SealedByAsync(string key, CancellationToken cancellationToken) => await context.Database.SqlQuery<string>(
        $"""
        SELECT name AS "Value" FROM providers
        WHERE encrypted_credentials LIKE {AnySealed} AND split_part(encrypted_credentials, ':', 3) = {key} ORDER BY name
        """).ToListAsync(cancellationToken);

    public async Task<IReadOnlyList<string>> ForgetAsync(string key, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var robbed = await context.Database.SqlQuery<Named>(
            $"""
            SELECT id AS "Id", name AS "Name" FROM providers
            WHERE encrypted_credentials LIKE {AnySealed} AND split_part(encrypted_credentials, ':', 3) = {key} ORDER BY name FOR UPDATE
            """).ToListAsync(cancellationToken);
        Guid[] ids = [.. robbed.Select(provider => provider.Id)];
        await context.Database.ExecuteSqlAsync(
            $"UPDATE providers SET encrypted_credentials = NULL, credentials_hint = NULL WHERE id = ANY ({ids})", cancellationToken);
        await context.Database.ExecuteSqlAsync($"DELETE FROM idempotency_keys WHERE split_part(encrypted_answer, ':', 3) = {key}", cancellationToken);
        await context.Set<MasterKeyRow>().Where(row => row.Id == key).ExecuteDeleteAsync(cancellationToken);

        Audit(key, "id");
        foreach (var provider in robbed)
            context.Add(audit.Of(new AuditedChange("provider", provider.Id.ToString(), provider.Name, ["encrypted_credentials", "credentials_hint"])));

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return [.. robbed.Select(provider => provider.Name)];
    }

    // Only what was read is replaced: someone may have entered another credential since.
    private async Task<int> RewrapAsync(ProviderRow row, CancellationToken cancellationToken)
    {
        var rewrapped = cipher.Rewrap(row.Credentials!, ProviderReader.BindingOf(row));
        var changed = await context.Database.ExecuteSqlAsync(
            $"""
            UPDATE providers SET encrypted_credentials = {rewrapped}
            WHERE id = {row.Id} AND encrypted_credentials = {row.Credentials} AND provider_type = {row.Type} AND config = {row.Config}::jsonb
            """,
            cancellationToken);
        if (changed == 1)
            context.Add(audit.Of(new AuditedChange("provider", row.Id.ToString(), row.Name, ["encrypted_credentials"])));

        return changed;
    }

    private void Audit(string key, params string[] columns) => context.Add(audit.Of(new AuditedChange(Audited, key, null, columns)));

    private sealed record Named(Guid Id, string Name);
}
