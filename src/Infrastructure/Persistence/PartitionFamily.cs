using System.Globalization;
using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>Tables that are partitioned by the same bounds: their partitions come and go together.</summary>
internal sealed partial class PartitionFamily
{
    private readonly string suffixFormat;

    private PartitionFamily(string suffixFormat, params IReadOnlyList<PartitionedTable> tables) => (this.suffixFormat, Tables) = (suffixFormat, tables);

    /// <summary>Requests and responses, a partition for each day (UTC).</summary>
    public static PartitionFamily Log { get; } =
        new("yyyyMMdd", new PartitionedTable("requests", "created_at"), new PartitionedTable("responses", "request_created_at"));

    /// <summary>The ledger, a partition for each month (UTC).</summary>
    public static PartitionFamily Ledger { get; } = new("yyyyMM", new PartitionedTable("usage_records", "created_at"));

    public static IReadOnlyList<PartitionFamily> All { get; } = [Log, Ledger];

    /// <summary>Parents first.</summary>
    public IReadOnlyList<PartitionedTable> Tables { get; }

    /// <summary>What the names of the partitions that begin on this day end in.</summary>
    public string Suffix(DateOnly from) => from.ToString(suffixFormat, CultureInfo.InvariantCulture);

    /// <summary>The day a partition of ours begins; null for one that somebody else has made.</summary>
    public DateOnly? Begin(string partition) =>
        OurName().Match(partition) is { Success: true } match && match.Groups["table"].Value == Tables[0].Name
        && DateOnly.TryParseExact(match.Groups["suffix"].Value, suffixFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var from)
            ? from
            : null;

    /// <summary>The first day of the partition that a day belongs to.</summary>
    public DateOnly BeginOf(DateOnly day) => this == Log ? day : new DateOnly(day.Year, day.Month, 1);

    /// <summary>The day after the last of a partition.</summary>
    public DateOnly End(DateOnly from) => this == Log ? from.AddDays(1) : from.AddMonths(1);

    public static string Bound(DateOnly day) => FormattableString.Invariant($"{day:yyyy-MM-dd} 00:00:00+00");

    [GeneratedRegex("^(?<table>[a-z_]+)_(?<suffix>[0-9]+)$")]
    private static partial Regex OurName();
}

/// <param name="Key">The column that says where a row belongs.</param>
internal sealed record PartitionedTable(string Name, string Key)
{
    /// <summary>Takes what belongs nowhere else.</summary>
    public string Default => $"{Name}_default";
}
