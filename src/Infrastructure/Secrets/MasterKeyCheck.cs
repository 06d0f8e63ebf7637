using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.AuditLog;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Domain.AuditLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Secrets;

/// <summary>Whether this process holds the master keys that the database's credentials are sealed with, and which of them seals.</summary>
internal sealed partial class MasterKeyCheck(GatewayDatabase database, MasterKeys keys, TimeProvider clock, ILogger<MasterKeyCheck> logger)
{
    /// <summary>
    /// Before anything is served or sealed. Where the database knows no key yet, those that are held become known to it.
    /// Otherwise nothing is written.
    /// </summary>
    /// <exception cref="StartException">The keys are not the database's; the message names those that are missing.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var active = Check(await KnownAsync(connection, cancellationToken)) ?? await RegisterAsync(connection, cancellationToken);
        keys.Activate(active.Id);
    }

    /// <summary>After each reading of the configuration: another key may seal now, or be about to.</summary>
    /// <returns>What is wrong; null: nothing is.</returns>
    public async Task<string?> FollowAsync(IReadOnlyList<MasterKeyRow> known, CancellationToken cancellationToken)
    {
        var unread = known.Any(row => row.RetiredAt is null && keys.Find(row.Id) is null) ? await ReadFileAsync(cancellationToken) : null;
        if (ActiveOf(known) is not { } active)
            return unread;

        var held = keys.Find(active.Id);
        keys.Activate(held?.CheckValue == active.CheckValue ? active.Id : null);
        return keys.Active is not null
            ? unread
            : $"the active master key is {active.Id}, and this gateway has {string.Join(", ", keys.Ids)}: it encrypts nothing until it is given that key";
    }

    /// <summary>The newest that has been made active and was not retired.</summary>
    public static MasterKeyRow? ActiveOf(IEnumerable<MasterKeyRow> known) =>
        known.Where(row => row is { ActiveAt: not null, RetiredAt: null }).MaxBy(row => row.Version);

    private async Task<string?> ReadFileAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await keys.ReadAgainAsync(cancellationToken))
                LogRead(string.Join(", ", keys.Ids));
            return null;
        }
        catch (StartException unreadable)
        {
            return unreadable.Message;   // what is held goes on working
        }
    }

    // At every start, where building EF's model would take longer than everything else.
    private static async Task<List<MasterKeyRow>> KnownAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(MasterKeyRow.Select, connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var known = new List<MasterKeyRow>();
        while (await rows.ReadAsync(cancellationToken))
            known.Add(MasterKeyRow.Read(rows));

        return known;
    }

    /// <returns>The active one; null: none is registered.</returns>
    private MasterKeyRow? Check(List<MasterKeyRow> known)
    {
        if (known.Find(row => keys.Find(row.Id) is { } held && held.CheckValue != row.CheckValue) is { } wrong)
        {
            throw new StartException(
                $"The master key {wrong.Id} is not the one that the database knows by this id: give this gateway the keys that the others have");
        }

        var active = ActiveOf(known);
        return active is null || keys.Find(active.Id) is not null ? active : throw Missing([active.Id]);
    }

    private async Task<MasterKeyRow> RegisterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var context = new GatewayDbContext(GatewayDbContextOptions.For(connection));
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlRawAsync("LOCK TABLE master_keys IN SHARE ROW EXCLUSIVE MODE", cancellationToken);
        var known = await KnownAsync(connection, cancellationToken);
        if (Check(known) is { } another)
            return another;   // someone was faster

        // An installation of a version that registered no keys: what it sealed has to be readable.
        var unreadable = (await CredentialsByKey.ReadAsync(context, cancellationToken)).Keys.Where(id => keys.Find(id) is null).Order(StringComparer.Ordinal).ToList();
        if (unreadable.Count > 0)
            throw Missing(unreadable);

        var now = clock.GetUtcNow();
        var audit = new AuditTrail(new Operation { Actor = Actor.Gateway, Action = "register_master_key" }, clock);
        var version = known.Select(row => row.Version).DefaultIfEmpty().Max();
        foreach (var key in keys.Held.Reverse().Where(key => key == keys.Held[0] || known.TrueForAll(row => row.Id != key.Id)))
        {
            await context.Set<MasterKeyRow>().Where(row => row.Id == key.Id).ExecuteDeleteAsync(cancellationToken);
            context.Add(new MasterKeyRow { Id = key.Id, Version = ++version, CheckValue = key.CheckValue, CreatedAt = now, ActiveAt = now });
            context.Add(audit.Of(new AuditedChange(MasterKeyStore.Audited, key.Id, null, ["version", "check_value", "active_at"])));
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return ActiveOf(await KnownAsync(connection, cancellationToken))!;
    }

    private StartException Missing(List<string> ids) => new(
        $"The provider credentials in the database are encrypted with the master key {string.Join(", ", ids)}, and this gateway has "
        + $"{string.Join(", ", keys.Ids)}: give it that key (GATEWAY_MASTER_KEY or GATEWAY_MASTER_KEY_FILE; the other gateways and backups of DATA_DIR have it), or, if the key is lost, "
        + $"give up what it has encrypted with `cleangateway secrets forget {ids[0]}`");

    [LoggerMessage(LogLevel.Information, "The file of the master keys was read again; held are {Keys}")]
    private partial void LogRead(string keys);
}
