using CleanGateway.Application.Models;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Models;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Secrets;
using CleanGateway.Infrastructure.Security;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>
/// Holds the snapshot that calls are answered by. A configuration with a row that cannot be used does not replace one
/// that was whole; only a gateway that has just started takes what there is of it, because one bad row must not keep
/// everything else from being served.
/// </summary>
internal sealed partial class GatewaySnapshots(
    GatewayDatabase database, SnapshotCompiler compiler, PriceCards cards, MasterKeyCheck masterKeys, GatewaySettings settings, ILogger<GatewaySnapshots> logger)
    : IGatewaySnapshots, IDisposable
{
    private readonly SemaphoreSlim loading = new(1);
    private readonly MemoryCache unknownModels = new(new MemoryCacheOptions { SizeLimit = settings.ModelCacheSize });
    private volatile GatewaySnapshot? current;
    private long seenVersion;
    private volatile IReadOnlyList<string> problems = [];

    public GatewaySnapshot Current => current ?? throw new InvalidOperationException("The configuration has not been loaded yet.");

    /// <summary>The version that was looked at last, whether or not it could be used.</summary>
    public long SeenVersion => Interlocked.Read(ref seenVersion);

    /// <summary>Why the configuration in the database is not the one in use; empty when it is.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>Reads the configuration again, whatever its version.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await loading.WaitAsync(cancellationToken);
        try
        {
            await LoadAsync(cancellationToken);
        }
        finally
        {
            loading.Release();
        }
    }

    public async ValueTask<GatewaySnapshot> LookAgainAsync(string model, CancellationToken cancellationToken)
    {
        if (unknownModels.TryGetValue(model, out long unknownAt) && unknownAt == SeenVersion)
            return Current;

        await loading.WaitAsync(cancellationToken);
        try
        {
            if (await database.AskAsync<long>("SELECT version FROM config_version", cancellationToken) != SeenVersion)
                await LoadAsync(cancellationToken);

            if (Current.Find(model) is null)
            {
                unknownModels.Set(
                    model, SeenVersion, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = settings.ModelCacheTtl });
            }
        }
        catch (Exception unreachable) when (unreachable is NpgsqlException or TimeoutException)
        {
            LogNotLookedUp(unreachable.Message);   // what is known is all there is to go by
        }
        finally
        {
            loading.Release();
        }

        return Current;
    }

    public void Dispose()
    {
        loading.Dispose();
        unknownModels.Dispose();
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var rows = await ConfigurationRows.ReadAsync(database, cancellationToken);
        var withoutKey = await masterKeys.FollowAsync(rows.MasterKeys, cancellationToken);
        var compiled = compiler.Compile(rows);

        if (compiled.Problems.Count == 0 || current is null)
            current = compiled.Snapshot;

        // Only what has been sealed counts as seen: if it fails now, the next look tries again.
        foreach (var credentials in compiled.ToSeal)
            await SealAsync(credentials, cancellationToken);

        await cards.KeepAsync(Current.Models.Select(model => model.Target.Destination.Price).OfType<Price>(), cancellationToken);
        Report(rows.Version, withoutKey is null ? compiled.Problems : [.. compiled.Problems, withoutKey], compiled.Unserved);
    }

    private void Report(long version, IReadOnlyList<string> found, IReadOnlyList<string> unserved)
    {
        IReadOnlyList<string> all = [.. found, .. unserved];
        var isNews = version != SeenVersion || !all.SequenceEqual(problems, StringComparer.Ordinal);
        problems = all;
        Interlocked.Exchange(ref seenVersion, version);
        if (!isNews)
            return;

        foreach (var problem in found)
            LogProblem(version, problem, Current.Version);
        foreach (var provider in unserved)
            LogUnserved(provider);
        if (found.Count == 0)
            LogLoaded(version, Current.Models.Count);
    }

    // Only what was read is replaced: someone may have entered another credential since.
    private async Task SealAsync(SnapshotCompiler.SealedCredentials credentials, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            WITH changed AS (
                UPDATE providers SET encrypted_credentials = $1, credentials_hint = $6
                WHERE id = $2 AND encrypted_credentials = $3 AND provider_type = $4 AND config = $5::jsonb
                RETURNING id, name)
            INSERT INTO audit_log (actor_kind, actor_name, action, target_type, target_id, target_name, changed)
            SELECT 'gateway', 'gateway', $7, 'provider', id::text, name, '{encrypted_credentials}' FROM changed
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = credentials.Sealed.Text });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = credentials.Row.Id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = credentials.Row.Credentials! });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = credentials.Row.Type });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = credentials.Row.Config });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = credentials.Sealed.Hint });
        var wasSealed = EnvelopeCipher.IsSealed(credentials.Row.Credentials!);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = wasSealed ? "rewrap_credentials" : "seal_credentials" });
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            return;

        if (wasSealed)
            LogRewrapped(credentials.Row.Name);
        else
            LogSealed(credentials.Row.Name);
    }

    [LoggerMessage(LogLevel.Information, "Configuration {Version} is in use: {Models} models can be called")]
    private partial void LogLoaded(long version, int models);

    [LoggerMessage(LogLevel.Error, "Configuration {Version} cannot be used: {Problem}. Version {InUse} stays in use")]
    private partial void LogProblem(long version, string problem, long inUse);

    [LoggerMessage(LogLevel.Error, "A provider's credentials cannot be read now; it is served by what they were before, if that is known: {Problem}")]
    private partial void LogUnserved(string problem);

    [LoggerMessage(LogLevel.Information, "The credentials of provider {Provider} were in plain text and are encrypted now")]
    private partial void LogSealed(string provider);

    [LoggerMessage(LogLevel.Information, "The credentials of provider {Provider} were under an older master key and are under the active one now")]
    private partial void LogRewrapped(string provider);

    [LoggerMessage(LogLevel.Warning, "The database could not be asked whether there is newer configuration: {Reason}")]
    private partial void LogNotLookedUp(string reason);
}
