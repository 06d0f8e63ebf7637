using System.Collections.Concurrent;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Models;

/// <summary>Keeps every price card that calls are charged by, so that a cost can be worked out again when rates have changed.</summary>
internal sealed partial class PriceCards(GatewayDatabase database, ILogger<PriceCards> logger)
{
    private readonly ConcurrentDictionary<string, bool> kept = new(StringComparer.Ordinal);

    /// <summary>Writes those that this gateway has not written yet. What fails is tried again with the next configuration.</summary>
    public async Task KeepAsync(IEnumerable<Price> prices, CancellationToken cancellationToken)
    {
        var missing = prices.Where(price => !kept.ContainsKey(price.Version)).DistinctBy(price => price.Version).ToList();
        if (missing.Count == 0)
            return;

        try
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(
                """
                INSERT INTO price_cards (version, rates)
                SELECT version, rates::jsonb FROM unnest($1, $2) AS card (version, rates)
                ON CONFLICT DO NOTHING
                """,
                connection);
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. missing.Select(price => price.Version)] });
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. missing.Select(price => price.Json)] });
            await command.ExecuteNonQueryAsync(cancellationToken);
            foreach (var price in missing)
                kept[price.Version] = true;
        }
        catch (Exception refused) when (refused is NpgsqlException or TimeoutException or IOException)
        {
            LogNotKept(missing.Count, refused.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} price cards could not be written to the database and will be with the next configuration: {Reason}")]
    private partial void LogNotKept(int count, string reason);
}
