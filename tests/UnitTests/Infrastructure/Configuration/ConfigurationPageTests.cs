using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

/// <summary><c>docs/configuration.md</c> says what there is: every setting, its default, and nothing else.</summary>
public partial class ConfigurationPageTests
{
    private const string NoDefault = "—";

    [Fact]
    public void It_lists_exactly_the_settings_there_are() =>
        Documented().Select(row => row.Name).Should().BeEquivalentTo(KnownSettings.All.Select(setting => setting.Name));

    [Fact]
    public void It_gives_each_its_default() =>
        Documented()
            .Should().BeEquivalentTo(KnownSettings.All.Select(setting => (setting.Name, Default: setting.Default is { } value ? $"`{value}`" : NoDefault)));

    // Rows whose first column is a name in code quotes; their second column is the default.
    private static List<(string Name, string Default)> Documented() =>
    [
        .. File.ReadLines(Path.Combine(RepositoryRoot(), "docs", "configuration.md"))
            .Select(line => Row().Match(line))
            .Where(row => row.Success)
            .Select(row => (row.Groups["name"].Value, row.Groups["default"].Value)),
    ];

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CleanGateway.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"CleanGateway.sln is in no folder above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"^\|\s*`(?<name>[A-Z][A-Z0-9_]*)`\s*\|\s*(?<default>[^|]*?)\s*\|")]
    private static partial Regex Row();
}
