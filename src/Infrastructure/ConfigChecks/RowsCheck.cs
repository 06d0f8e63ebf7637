using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.Snapshots;
using Npgsql;

namespace CleanGateway.Infrastructure.ConfigChecks;

/// <summary>Providers, models, aliases, keys and tokens, as a gateway would take them.</summary>
internal sealed class RowsCheck(GatewayDatabase database, SnapshotCompiler compiler, List<ConfigFinding> findings)
{
    private const int MostNames = 5;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var rows = await ConfigurationRows.ReadAsync(database, cancellationToken);
        var compiled = compiler.Compile(rows);
        foreach (var problem in compiled.Problems)
            findings.Error(
                problem,
                problem[..(problem.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end ? end : problem.Length)],
                "Correct the row: until then a running gateway keeps the configuration before it");
        foreach (var unserved in compiled.Unserved)
            findings.Warning(
                unserved,
                unserved[..(unserved.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon ? colon : unserved.Length)],
                "The gateway has to be able to read it: what is set here need not be set there, and the other way round");
        foreach (var plain in compiled.ToSeal)
            findings.Note(
                "The credentials are in plain text",
                $"provider '{plain.Row.Name}'",
                "A running gateway encrypts them within seconds");

        CheckProviders(rows);
        foreach (var alias in rows.Aliases.Where(alias => compiled.Snapshot.Find(alias.Alias) is null))
            findings.Warning(
                "It leads to no model that an enabled provider serves",
                $"alias '{alias.Alias}'",
                "Enable or make the provider, or lead the alias elsewhere");
        await CheckKeysAsync(compiled.Snapshot, cancellationToken);
        if (await database.AskAsync<long>("SELECT count(*) FROM admin_tokens WHERE enabled AND (expires_at IS NULL OR expires_at > now())", cancellationToken) == 0)
            findings.Warning(
                "No admin token can be used",
                "admin_tokens",
                "A start of the gateway makes one where there is none at all; the command line needs none");
    }

    private void CheckProviders(ConfigurationRows rows)
    {
        foreach (var row in rows.Providers)
        {
            if (BaseUrlOf(row) is { Scheme: "http" } url && !SettingsCheck.IsLocal(url.Host))
                findings.Warning(
                    $"{url.GetLeftPart(UriPartial.Authority)} is plain http: its key and the contents can be read on the way",
                    $"provider '{row.Name}'",
                    "Use https");
        }
    }

    private static Uri? BaseUrlOf(ProviderRow row)
    {
        try
        {
            return ProviderKinds.Find(row.Type) is { } kind ? ProviderConfig.Read(row.Config, kind).BaseUrlFor(kind) : null;
        }
        catch (GatewayException)
        {
            return null;   // that it cannot be used has been told
        }
    }

    private async Task CheckKeysAsync(GatewaySnapshot snapshot, CancellationToken cancellationToken)
    {
        var unpriced = snapshot.Models.Where(model => model.Target.Destination.Price is null).Select(model => model.Name).ToList();
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT k.name, k.allowed_models,
                   coalesce(k.daily_budget, k.monthly_budget, k.total_budget, p.daily_budget, p.monthly_budget, p.total_budget) IS NOT NULL
            FROM api_keys k LEFT JOIN projects p ON p.id = k.project_id
            WHERE k.enabled AND (k.expires_at IS NULL OR k.expires_at > now()) ORDER BY k.name, k.id
            """,
            connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var where = $"API key '{row.GetString(0)}'";
            var allowed = row.IsDBNull(1) ? null : row.GetFieldValue<string[]>(1);
            if (allowed?.Where(name => snapshot.Find(name) is null).ToList() is { Count: > 0 } unknown)
                findings.Warning(
                    $"It may use models that nobody serves: {Some(unknown)}",
                    where,
                    "Correct the key's allowed_models, or make the models");
            if (row.GetBoolean(2) && unpriced.Where(name => allowed is null || allowed.Contains(name, StringComparer.Ordinal)).ToList() is { Count: > 0 } without)
                findings.Warning(
                    $"It has a budget, and these models no price: {Some(without)}; its calls of them are refused",
                    where,
                    "Import prices with `cleangateway models import`, or set MAX_PRICE_INPUT_PER_TOKEN and MAX_PRICE_OUTPUT_PER_TOKEN");
        }
    }

    private static string Some(List<string> names) =>
        names.Count <= MostNames ? string.Join(", ", names) : $"{string.Join(", ", names.Take(MostNames))} and {names.Count - MostNames} more";
}
