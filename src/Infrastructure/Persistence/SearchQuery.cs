using System.Globalization;
using CleanGateway.Domain.Common;
using Npgsql;
using NpgsqlTypes;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>
/// A question with as many conditions as were asked for. What was typed is always a parameter, compared as it is: no
/// character in it means anything. The database gives up on it in time.
/// </summary>
/// <param name="select">Up to the condition.</param>
internal sealed class SearchQuery(string select)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly List<string> conditions = [];
    private readonly List<NpgsqlParameter> parameters = [];

    /// <param name="condition">With <c>?</c> for each value.</param>
    public SearchQuery Where(string condition, params ReadOnlySpan<object> values)
    {
        foreach (var value in values)
        {
            parameters.Add(value is DateTimeOffset moment
                ? new NpgsqlParameter { Value = moment.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz }
                : new NpgsqlParameter { Value = value });
            var place = condition.IndexOf('?', StringComparison.Ordinal);
            condition = string.Create(CultureInfo.InvariantCulture, $"{condition.AsSpan(0, place)}${parameters.Count}{condition.AsSpan(place + 1)}");
        }

        conditions.Add(condition);
        return this;
    }

    /// <summary>The same where there is a value.</summary>
    public SearchQuery WhereGiven<T>(string condition, T? value) => value is null ? this : Where(condition, value);

    /// <exception cref="GatewayException">It took the database too long.</exception>
    public async Task<List<T>> ReadAsync<T>(
        IReadDatabase database, string orderBy, int limit, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(FormattableString.Invariant($"SET LOCAL statement_timeout = {Deadline.TotalMilliseconds:0}")));
        var where = conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)}";
        var search = new NpgsqlBatchCommand(FormattableString.Invariant($"{select} {where} ORDER BY {orderBy} LIMIT {limit}"));
        search.Parameters.AddRange(parameters.ToArray());
        batch.BatchCommands.Add(search);
        try
        {
            return await database.ReadAsync(
                async connection =>
                {
                    await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                    (batch.Connection, batch.Transaction) = (connection, transaction);
                    var found = new List<T>();
                    await using var row = await batch.ExecuteReaderAsync(cancellationToken);
                    while (await row.ReadAsync(cancellationToken))
                        found.Add(read(row));
                    return found;
                },
                cancellationToken);
        }
        catch (PostgresException tooSlow) when (tooSlow.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            var message = FormattableString.Invariant(
                $"This search takes the database longer than {Deadline.TotalSeconds:0} seconds: narrow it by 'from' and 'to'.");
            throw new GatewayException(new GatewayError(GatewayErrorKind.Unavailable, "search_timeout", message, "from"), tooSlow);
        }
    }
}
