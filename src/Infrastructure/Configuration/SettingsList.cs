using System.Text;
using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>A setting, and what it is at the moment.</summary>
/// <param name="Value">As it is written where it is given: references are not followed, secrets are <c>***</c>. Null: there is none.</param>
/// <param name="Where">The file and line, for an operator to find it; null: the default holds.</param>
/// <param name="Default">Null: there is none.</param>
/// <param name="Allowed">What values there are.</param>
/// <param name="Meaning">A sentence of plain text.</param>
public sealed record SettingItem(string Name, string? Value, SettingOrigin Origin, string? Where, string? Default, string Allowed, string Meaning);

/// <summary>All the settings there are.</summary>
public static partial class SettingsList
{
    /// <summary>In the order of the documentation.</summary>
    public static IReadOnlyList<SettingItem> Of(SettingsSources sources) =>
    [
        .. KnownSettings.All.Select(setting =>
        {
            var given = sources.Find(setting.Name);
            return new SettingItem(
                setting.Name, Shown(setting, given), given?.Origin ?? SettingOrigin.Default, given?.Where, setting.Default, setting.Allowed,
                Plain(setting.Meaning));
        }),
    ];

    /// <summary>The table of <c>docs/configuration.md</c>.</summary>
    public static string Markdown()
    {
        var table = new StringBuilder("| name | default | values | meaning |\n|---|---|---|---|\n");
        foreach (var setting in KnownSettings.All)
            table.Append($"| `{setting.Name}` | {(setting.Default is { } value ? $"`{value}`" : "—")} | {Cell(setting.Allowed)} | {Cell(setting.Meaning)} |\n");

        return table.ToString();
    }

    // What refers to a secret is none; what stands around it may be.
    private static string? Shown(Setting setting, GivenSetting? given) => given switch
    {
        null => setting.Default,
        { HasReferences: true } when WholeReference().IsMatch(given.Text) => given.Text,
        _ => setting.IsSecret ? "***" : SecretsInUrls.Masked(given.Text),
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Plain(string markdown) => Link().Replace(markdown, "${text}").Replace("`", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\A\$\{[^{}]*\}\z")]
    private static partial Regex WholeReference();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();
}
