using System.CommandLine;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ConfigChecks;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway config …</c></summary>
internal static class ConfigCommands
{
    private const int Success = 0;
    private const int Failure = 1;

    public static Command Create()
    {
        var json = CommandOutput.JsonOption();
        var check = new Command(
            "check", "Look through settings, database and Redis, and name everything that is wrong or odd. Changes nothing. Exit code 1 if there are errors.")
        {
            json,
        };
        check.SetAction((parsed, cancellationToken) => CheckAsync(parsed.GetValue(json), cancellationToken));
        return new Command("config", "Look after the configuration.") { check, CreateSettings() };
    }

    private static Command CreateSettings()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var markdown = new Option<bool>("--markdown") { Description = "Print the table of docs/configuration.md, which says nothing of values in use" };
        var settings = new Command("settings", "List every setting: the value in use, where it comes from, and what it means. Secrets are masked.")
        {
            json, markdown,
        };
        settings.Validators.Add(given =>
        {
            if (given.GetValue(json) && given.GetValue(markdown))
                given.AddError("--json and --markdown exclude each other");
        });
        settings.SetAction(parsed => ListSettings(parsed.GetValue(json), parsed.GetValue(markdown)));
        return settings;
    }

    private static int ListSettings(bool asJson, bool asMarkdown)
    {
        if (asMarkdown)
        {
            Console.Write(SettingsList.Markdown());
            return Success;
        }

        CommandOutput.WriteList(
            SettingsList.Of(SettingsSources.Find(CommandSettings.ReadEnvironment())),
            asJson,
            ["SETTING", "VALUE", "FROM", "MEANING"],
            setting => [setting.Name, setting.Value ?? "-", setting.Where ?? "default", setting.Meaning],
            texts: 4);
        return Success;
    }

    private static async Task<int> CheckAsync(bool asJson, CancellationToken cancellationToken)
    {
        var findings = await ConfigCheck.RunAsync(CommandSettings.ReadEnvironment(), folder: "", cancellationToken);
        if (asJson)
            CommandOutput.WriteJson(findings);
        else
            Print(findings);
        return findings.Any(finding => finding.Severity == ConfigSeverity.Error) ? Failure : Success;
    }

    private static void Print(IReadOnlyList<ConfigFinding> findings)
    {
        foreach (var finding in findings)
            Console.WriteLine($"{finding.Severity.ToSnakeCase()}: {finding.Where.Printable()}: {finding.What.Printable()}. {finding.Advice}.");

        Console.WriteLine(string.Join(", ", new[] { ConfigSeverity.Error, ConfigSeverity.Warning, ConfigSeverity.Note }
            .Select(severity => $"{findings.Count(finding => finding.Severity == severity)} {severity.ToSnakeCase()}s")));
    }

    // Names of rows may be anything; they must not command the terminal.
    private static string Printable(this string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
}
