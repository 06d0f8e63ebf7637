using System.Diagnostics.CodeAnalysis;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>Reads settings one after the other and keeps every problem, so that an operator is told of all at once.</summary>
internal sealed class SettingsReader(SettingsSources sources)
{
    private readonly List<SettingProblem> problems = [.. sources.Config?.Problems ?? []];

    public IReadOnlyList<SettingProblem> Problems => problems;

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

    /// <summary>Files of settings are the gateway's own: a name it does not know there is a typing error.</summary>
    public void RejectUnknownNames(IReadOnlyList<Setting> known)
    {
        foreach (var (name, file, where) in sources.NamesInFiles().Where(given => !known.Any(setting => setting.Name == given.Name)))
        {
            var shown = StorableText.Safe(name);
            var meant = known.MinBy(setting => Distance(setting.Name, name.ToUpperInvariant()))!.Name;
            var guess = IsAlike(meant, name.ToUpperInvariant()) ? $"; did you mean {meant}?" : "";
            problems.Add(new SettingProblem(shown, $"{shown} in {file} is not a known setting{guess}", where));
        }
    }

    /// <summary>Nothing is given where something has to be; what is given and cannot be read has been told already.</summary>
    public void RejectMissing(Setting setting, string why)
    {
        if (sources.Find(setting.Name) is null)
            problems.Add(new SettingProblem(setting.Name, $"{setting.Name} is not set: {why}", sources.Usual));
    }

    /// <param name="problem">What is wrong, beginning with the setting's name.</param>
    public void Reject(Setting setting, string problem) =>
        problems.Add(new SettingProblem(setting.Name, problem, sources.Find(setting.Name)?.Where ?? sources.Usual));

    private bool TryRead<T>(Setting<T> setting, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (sources.Find(setting.Name) is not { } given)
            return false;

        if (given.IsList && !setting.IsList)
        {
            Reject(setting, $"{setting.Name} is a list: expected {setting.Allowed}");
            return false;
        }

        var text = given.Text;
        if (given.HasReferences)
        {
            if (!ConfigReferences.TryResolve(text, sources.Environment, out var resolved, out var problem))
            {
                Reject(setting, $"{setting.Name} {problem}");
                return false;
            }

            // What a file is empty of is not set.
            if ((text = resolved).Length == 0)
                return false;
        }

        if (setting.TryParse(text, out value))
            return true;

        Reject(setting, $"{setting.Name} is {Shown(setting, given, text)}: expected {setting.Allowed}");
        return false;
    }

    // What a reference leads to may be a secret, whatever setting it was put into.
    private static string Shown<T>(Setting<T> setting, GivenSetting given, string text) =>
        setting.Explain?.Invoke(text)
        ?? (setting.IsSecret || given.HasReferences ? "not valid" : $"'{SecretsInUrls.Masked(text)}'");

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
