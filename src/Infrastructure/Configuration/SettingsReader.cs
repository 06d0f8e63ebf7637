using System.Diagnostics.CodeAnalysis;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>Reads settings one after the other and keeps every problem, so that an operator is told of all at once.</summary>
internal sealed class SettingsReader(IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> file)
{
    private readonly List<string> problems = [];

    public IReadOnlyList<string> Problems => problems;

    /// <summary>What is set, else the default.</summary>
    public T Required<T>(Setting<T> setting)
    {
        if (TryRead(setting, out var value) || (setting.Default is { } usual && setting.TryParse(usual, out value)))
            return value;

        throw new InvalidOperationException($"{setting.Name} has no readable default.");
    }

    /// <summary>What is set, else null.</summary>
    public T? Optional<T>(Setting<T> setting) where T : class => TryRead(setting, out var value) ? value : null;

    /// <inheritdoc cref="Optional{T}"/>
    public T? OptionalNumber<T>(Setting<T> setting) where T : struct => TryRead(setting, out var value) ? value : null;

    /// <summary>A <c>.env</c> file is the gateway's own: a name it does not know there is a typing error.</summary>
    public void RejectUnknownNames(IReadOnlyList<Setting> known)
    {
        foreach (var name in file.Keys.Where(name => !known.Any(setting => setting.Name == name)))
        {
            var meant = known.MinBy(setting => Distance(setting.Name, name.ToUpperInvariant()))!.Name;
            problems.Add($"{name} in the .env file is not a known setting{(IsAlike(meant, name.ToUpperInvariant()) ? $"; did you mean {meant}?" : "")}");
        }
    }

    /// <summary>Nothing is given where something has to be; what is given and cannot be read has been told already.</summary>
    public void RejectMissing(Setting setting, string why)
    {
        if (Given(environment, setting.Name) is null && Given(file, setting.Name) is null)
            problems.Add($"{setting.Name} is not set: {why}");
    }

    public void Reject(string problem) => problems.Add(problem);

    private bool TryRead<T>(Setting<T> setting, [MaybeNullWhen(false)] out T value)
    {
        value = default;

        // "NAME=" in a file means that there is nothing to say, not that the value is the empty text.
        if (Given(environment, setting.Name) is not { } text && (text = Given(file, setting.Name)) is null)
            return false;

        if (setting.TryParse(text, out value))
            return true;

        var shown = setting.Explain?.Invoke(text) ?? (setting.IsSecret ? "not valid" : $"'{SecretsInUrls.Masked(text)}'");
        problems.Add($"{setting.Name} is {shown}: expected {setting.Allowed}");
        return false;
    }

    private static string? Given(IReadOnlyDictionary<string, string> source, string name) =>
        source.GetValueOrDefault(name) is { Length: > 0 } text ? text : null;

    // One name is the other with a letter more, less or wrong, or with its parts in another order.
    private static bool IsAlike(string known, string given) =>
        Distance(known, given) <= 2
        || known.Split('_').Order(StringComparer.Ordinal).SequenceEqual(given.Split('_').Order(StringComparer.Ordinal));

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= right.Length; j++)
            {
                var substituted = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
