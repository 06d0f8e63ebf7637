using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.Persistence.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>
/// Compares a live database with the model that migrations are made from, and names each difference. Tables and
/// indexes that an operator added are left alone; columns are not.
/// </summary>
internal sealed partial class SchemaValidator(GatewayDatabase database)
{
    // PostgreSQL rewrites conditions; that there is one has to do.
    private const string Check = "CHECK";

    // Every table has it, and no catalogue of columns an operator could change.
    private const string RowVersion = "xmin";

    public async Task<IReadOnlyList<string>> FindDifferencesAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var context = new GatewayDbContext(GatewayDbContextOptions.For(connection));
        var model = context.GetService<IDesignTimeModel>().Model;
        var live = await LiveSchema.ReadAsync(connection, cancellationToken);

        var differences = new List<string>();
        foreach (var table in model.GetRelationalModel().Tables.OrderBy(table => table.Name, StringComparer.Ordinal))
        {
            if (live.Tables.Contains(table.Name))
                CompareTable(table, live, differences);
            else
                differences.Add($"table {table.Name} is missing");
        }

        differences.AddRange(model.GetSequences().Where(sequence => !live.Sequences.Contains(sequence.Name))
            .Select(sequence => $"sequence {sequence.Name} is missing"));
        differences.AddRange(Migrator.Known.Except(live.Migrations).Select(migration => $"migration {migration} has not been applied"));
        differences.AddRange(live.Migrations.Except(Migrator.Known).Select(migration => $"migration {migration} is not known"));
        if (!live.Functions.TryGetValue(InitialSql.ConfigChanged, out var body))
            differences.Add($"function {InitialSql.ConfigChanged} is missing");
        else if (body.Trim() != InitialSql.ConfigChangedBody.Trim())
            differences.Add($"function {InitialSql.ConfigChanged} has another body");
        if (!live.Functions.ContainsKey(AdminApiSql.AppendOnly))
            differences.Add($"function {AdminApiSql.AppendOnly} is missing");
        if (live.Tables.Contains("config_version") && live.ConfigVersionRows != 1)
            differences.Add($"table config_version has {live.ConfigVersionRows} rows instead of 1");
        if (live.Tables.Contains("metering") && live.MeteringRows != 1)
            differences.Add($"table metering has {live.MeteringRows} rows instead of 1");

        return differences;
    }

    private static void CompareTable(ITable table, LiveSchema live, List<string> differences)
    {
        var found = live.Columns.Where(column => column.Table == table.Name).ToDictionary(column => column.Name, StringComparer.Ordinal);
        foreach (var column in table.Columns.Where(column => column.Name != RowVersion))
        {
            if (found.Remove(column.Name, out var actual))
                CompareColumn(column, actual, differences);
            else
                differences.Add($"column {table.Name}.{column.Name} is missing");
        }

        differences.AddRange(found.Keys.Select(extra => $"column {table.Name}.{extra} is not known"));

        if (table.PrimaryKey is { } primaryKey)
            CompareConstraint(table, primaryKey.Name, Columns("PRIMARY KEY", primaryKey.Columns), live, differences);

        foreach (var foreignKey in table.ForeignKeyConstraints)
            CompareConstraint(table, foreignKey.Name, Reference(foreignKey), live, differences);

        foreach (var check in table.CheckConstraints)
            CompareConstraint(table, check.Name!, Check, live, differences);

        foreach (var index in table.Indexes)
            CompareIndex(index, live, differences);

        foreach (var trigger in table.Triggers.Select(trigger => trigger.ModelName))
        {
            if (!live.Triggers.TryGetValue($"{table.Name}.{trigger}", out var inTime))
                differences.Add($"trigger {trigger} on {table.Name} is missing");
            else if (!inTime)
                differences.Add($"trigger {trigger} on {table.Name} is not deferred");
        }

        ComparePartitioning(table, live, differences);
    }

    private static void CompareColumn(IColumn expected, LiveColumn actual, List<string> differences)
    {
        var name = $"column {actual.Table}.{actual.Name}";
        if (expected.StoreType != actual.Type)
            differences.Add($"{name} has type {actual.Type} instead of {expected.StoreType}");
        if (expected.IsNullable == actual.NotNull)
            differences.Add($"{name} {(actual.NotNull ? "is NOT NULL and should not be" : "should be NOT NULL and is not")}");

        var usual = Normalised(expected.DefaultValueSql ?? Literal(expected));
        if (usual != Normalised(actual.Default))
            differences.Add($"{name} has default {actual.Default ?? "(none)"} instead of {usual ?? "(none)"}");
    }

    // Where a type of ours is kept as text, the default is that text already.
    private static string? Literal(IColumn column) =>
        column.DefaultValue is { } value && value != DBNull.Value && column.TryGetDefaultValue(out _)
            ? value is string text ? $"'{text}'" : column.StoreTypeMapping.GenerateSqlLiteral(value)
            : null;

    private static void CompareConstraint(ITable table, string name, string definition, LiveSchema live, List<string> differences)
    {
        if (!live.Constraints.TryGetValue($"{table.Name}.{name}", out var actual))
            differences.Add($"constraint {name} on {table.Name} is missing");
        else if (actual.EndsWith("NOT VALID", StringComparison.Ordinal))
            differences.Add($"constraint {name} on {table.Name} is not validated");
        else if (definition == Check ? !actual.StartsWith(Check, StringComparison.Ordinal) : actual != definition)
            differences.Add($"constraint {name} on {table.Name} is {actual} instead of {definition}");
    }

    private static void CompareIndex(ITableIndex index, LiveSchema live, List<string> differences)
    {
        var expected = $"{(index.IsUnique ? "unique " : "")}btree ({Names(index.Columns)})";
        if (!live.Indexes.TryGetValue($"{index.Table.Name}.{index.Name}", out var actual))
            differences.Add($"index {index.Name} on {index.Table.Name} is missing");
        else if (actual != expected)
            differences.Add($"index {index.Name} on {index.Table.Name} is {actual} instead of {expected}");
    }

    private static void ComparePartitioning(ITable table, LiveSchema live, List<string> differences)
    {
        var expected = table.EntityTypeMappings.First().TypeBase.FindAnnotation(ModelConventions.PartitionByRange)?.Value as string;
        var actual = live.PartitionKeys.GetValueOrDefault(table.Name);
        if (expected is not null && actual != $"RANGE ({expected})")
            differences.Add($"table {table.Name} is partitioned by {actual ?? "nothing"} instead of RANGE ({expected})");
        else if (expected is null && actual is not null)
            differences.Add($"table {table.Name} is partitioned and should not be");
        else if (expected is not null && !live.DefaultPartitions.Contains(table.Name))
            differences.Add($"table {table.Name} has no default partition");
    }

    private static string Reference(IForeignKeyConstraint foreignKey)
    {
        var reference = $"{Columns("FOREIGN KEY", foreignKey.Columns)} REFERENCES {foreignKey.PrincipalTable.Name}({Names(foreignKey.PrincipalColumns)})";
        return foreignKey.OnDeleteAction switch
        {
            ReferentialAction.NoAction => reference,
            ReferentialAction.SetNull => $"{reference} ON DELETE SET NULL",
            var action => $"{reference} ON DELETE {action.ToString().ToUpperInvariant()}",
        };
    }

    private static string Columns(string kind, IEnumerable<IColumn> columns) => $"{kind} ({Names(columns)})";

    private static string Names(IEnumerable<IColumn> columns) => string.Join(", ", columns.Select(column => column.Name));

    // PostgreSQL prints a default with the casts it has added.
    private static string? Normalised(string? expression) =>
        expression is null ? null : Casts().Replace(expression, "").ToLowerInvariant();

    [GeneratedRegex("""::("[^"]+"|[a-z][a-z0-9_ ]*)(\[\])?""")]
    private static partial Regex Casts();

    private sealed record LiveColumn(string Table, string Name, string Type, bool NotNull, string? Default);

    /// <summary>What PostgreSQL's catalogue says of the schema the connection works in.</summary>
    private sealed class LiveSchema
    {
        public HashSet<string> Tables { get; } = [];
        public List<LiveColumn> Columns { get; } = [];
        public Dictionary<string, string> Constraints { get; } = [];
        public Dictionary<string, string> Indexes { get; } = [];

        /// <summary>Those that are switched on, and whether they go off when they should: the ones for rows at the end of a transaction.</summary>
        public Dictionary<string, bool> Triggers { get; } = [];
        public Dictionary<string, string> Functions { get; } = [];
        public HashSet<string> Sequences { get; } = [];
        public Dictionary<string, string> PartitionKeys { get; } = [];
        public HashSet<string> DefaultPartitions { get; } = [];
        public HashSet<string> Migrations { get; } = [];
        public long ConfigVersionRows { get; private set; }
        public long MeteringRows { get; private set; }

        public static async Task<LiveSchema> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
        {
            var live = new LiveSchema();
            await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);

            await EachAsync(
                """
                SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
                FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                """,
                row =>
                {
                    live.Tables.Add(row.GetString(0));
                    live.Columns.Add(new LiveColumn(
                        row.GetString(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), row.IsDBNull(4) ? null : row.GetString(4)));
                });
            await EachAsync(
                """
                SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0
                """,
                row => live.Constraints[$"{row.GetString(0)}.{row.GetString(1)}"] = row.GetString(2));
            await EachAsync(
                """
                SELECT indrelid::regclass::text, i.relname, indisunique, substring(pg_get_indexdef(indexrelid) FROM ' USING (.*)')
                FROM pg_index JOIN pg_class i ON i.oid = indexrelid
                WHERE i.relnamespace = current_schema()::regnamespace AND indisvalid
                """,
                row => live.Indexes[$"{row.GetString(0)}.{row.GetString(1)}"] = $"{(row.GetBoolean(2) ? "unique " : "")}{row.GetString(3)}");
            await EachAsync(
                """
                SELECT tgrelid::regclass::text || '.' || tgname, tgtype::integer & 1 = 0 OR tginitdeferred FROM pg_trigger
                WHERE NOT tgisinternal AND tgenabled <> 'D'
                """,
                row => live.Triggers[row.GetString(0)] = row.GetBoolean(1));
            await EachAsync(
                "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
                row => live.Functions[row.GetString(0)] = row.GetString(1));
            await EachAsync(
                "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace",
                row => live.Sequences.Add(row.GetString(0)));
            await EachAsync(
                "SELECT partrelid::regclass::text, pg_get_partkeydef(partrelid), partdefid <> 0 FROM pg_partitioned_table",
                row =>
                {
                    live.PartitionKeys[row.GetString(0)] = row.GetString(1);
                    if (row.GetBoolean(2))
                        live.DefaultPartitions.Add(row.GetString(0));
                });
            if (live.Tables.Contains("__EFMigrationsHistory"))
                await EachAsync("""SELECT "MigrationId" FROM "__EFMigrationsHistory" """, row => live.Migrations.Add(row.GetString(0)));
            if (live.Tables.Contains("config_version"))
                await EachAsync("SELECT count(*) FROM config_version", row => live.ConfigVersionRows = row.GetInt64(0));
            if (live.Tables.Contains("metering"))
                await EachAsync("SELECT count(*) FROM metering", row => live.MeteringRows = row.GetInt64(0));

            return live;

            async Task EachAsync(string sql, Action<NpgsqlDataReader> read)
            {
                await using var command = new NpgsqlCommand(sql, connection, transaction);
                await using var rows = await command.ExecuteReaderAsync(cancellationToken);
                while (await rows.ReadAsync(cancellationToken))
                    read(rows);
            }
        }
    }
}
