using System.Collections;
using System.CommandLine;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ConfigChecks;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway config …</c></summary>
internal static class ConfigCommands
{
    private const int Success = 0;
    private const int Failure = 1;
    private const string EnvFileName = ".env";

    public static Command Create()
    {
        var json = CommandOutput.JsonOption();
        var check = new Command(
            "check", "Look through settings, database and Redis, and name everything that is wrong or odd. Changes nothing. Exit code 1 if there are errors.")
        {
            json,
        };
        check.SetAction((parsed, cancellationToken) => CheckAsync(parsed.GetValue(json), cancellationToken));
        return new Command("config", "Look after the configuration.") { check };
    }

    private static async Task<int> CheckAsync(bool asJson, CancellationToken cancellationToken)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
        var findings = await ConfigCheck.RunAsync(environment, EnvFileName, cancellationToken);
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
