using System.Globalization;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;
using NpgsqlTypes;

namespace CleanGateway.Infrastructure.Usage;

internal sealed class GetUsageHandler(ReportsDatabase database, TimeProvider clock) : IRequestHandler<GetUsage, UsageSummary>
{
    /// <summary>How long the database may work on one question; less than what any command may take.</summary>
    internal TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(8);

    public async Task<UsageSummary> Handle(GetUsage query, CancellationToken cancellationToken)
    {
        var question = query.QuestionAt(clock.GetUtcNow()) ?? throw new InvalidOperationException("The question has not been validated.");
        var words = question.Groups.Select(group => group.ToSnakeCase()).ToList();
        var summary = new UsageSummary(words, question.From, question.To, [], UsageRow.TotalOf([]));
        try
        {
            string[] columns = [.. summary.GroupColumns()];
            var rows = await database.ReadAsync(connection => ReadAsync(connection, question, columns, cancellationToken), cancellationToken);
            return summary with { Rows = rows, Total = UsageRow.TotalOf(rows) };
        }
        catch (PostgresException tooSlow) when (tooSlow.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            var seconds = Deadline.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            var message = $"Summing this up takes the database longer than {seconds} seconds: ask for a shorter period.";
            throw new GatewayException(new GatewayError(GatewayErrorKind.Unavailable, "usage_timeout", message, "from"), tooSlow);
        }
    }

    private async Task<IReadOnlyList<UsageRow>> ReadAsync(
        NpgsqlConnection connection, UsageQuestion question, string[] columns, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(FormattableString.Invariant($"SET LOCAL statement_timeout = {Deadline.TotalMilliseconds:0}")));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(UsageSql.For(question.Groups))
        {
            Parameters =
            {
                new NpgsqlParameter<DateTime> { TypedValue = question.From.UtcDateTime },
                new NpgsqlParameter<DateTime> { TypedValue = question.To.UtcDateTime },
                new NpgsqlParameter { Value = (object?)question.KeyId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new NpgsqlParameter { Value = (object?)question.ProjectId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new NpgsqlParameter { Value = (object?)question.Model ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new NpgsqlParameter<int> { TypedValue = GetUsage.MaxRows + 1 },
            },
        });

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = new List<UsageRow>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(Row(reader, columns));

        return rows.Count <= GetUsage.MaxRows
            ? rows
            : throw new GatewayException(GatewayError.Invalid(
                $"The answer would have more than {GetUsage.MaxRows} rows: ask for a shorter period, for fewer groups, "
                + "or for one key_id, project_id or model.",
                "group_by", "too_many_rows"));
    }

    private static UsageRow Row(NpgsqlDataReader reader, string[] columns)
    {
        var group = new OrderedDictionary<string, string?>(columns.Length);
        for (var column = 0; column < columns.Length; column++)
            group.Add(columns[column], reader.IsDBNull(column) ? null : reader.GetString(column));

        var first = columns.Length;
        return new UsageRow(group, Sum(0), Sum(1), Sum(2), Sum(3), Sum(4), Sum(5), reader.GetDecimal(first + 6), Sum(7), Sum(8));

        long Sum(int column) => reader.GetInt64(first + column);
    }
}
