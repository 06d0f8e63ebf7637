using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CleanGateway.Api.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Validation;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway validate</c>: shows that a gateway works, from a call to its rows.</summary>
internal static class ValidateCommand
{
    public const string Name = "validate";

    /// <summary>The options are wrong, or what they need is not there: nothing was tried.</summary>
    public const int NotTried = 2;

    private const int Passed = 0;
    private const int Failed = 1;
    private const int TitleWidth = 18;
    private const int VerdictWidth = 9;

    public static Command Create()
    {
        var options = new ValidateOptions();
        var evidence = new Option<string?>("--evidence") { Description = "A folder to write evidence to, packed as well; needs psql" };
        var gatewayLog = new Option<string?>("--gateway-log")
        {
            Description = "A file with the gateway's log, for the evidence. Without: systemd's journal",
        };
        var notes = new Option<string[]>("--note") { Description = "A line for the report: who validates, and why" };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON, at the end" };
        var validate = new Command(
            Name, "Call a running gateway, find the call in its database, and measure. Exit code 1 if a check fails, 2 if nothing could be tried.")
        {
            evidence, gatewayLog, notes, json,
        };
        options.AddTo(validate);
        validate.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                var settings = CommandSettings.Read();
                var target = await options.ReadAsync(parsed, settings, cancellationToken);
                await using var validation = new GatewayValidation(target, parsed.GetValue(notes) ?? [], TimeProvider.System);
                var folder = parsed.GetValue(evidence) is { } path
                    ? await EvidenceFolder.CreateAsync(
                        path, validation, settings, parsed.GetValue(gatewayLog), TimeProvider.System, cancellationToken)
                    : null;
                return await RunAsync(validation, folder, new Transcript(parsed.GetValue(json)), parsed.GetValue(json), cancellationToken);
            }
            catch (StartException problem)
            {
                await Console.Error.WriteLineAsync(problem.Message);
                return NotTried;
            }
        });
        return validate;
    }

    private static async Task<int> RunAsync(
        GatewayValidation validation, EvidenceFolder? evidence, Transcript say, bool asJson, CancellationToken cancellationToken)
    {
        var begun = validation.Report;
        say.Line(
            $"cleangateway validate: {begun.BaseUrl}, {begun.Database ?? "no database"}, model {begun.Model}, "
            + $"{begun.StartedAt:yyyy-MM-dd HH:mm:ss} UTC");
        foreach (var note in begun.Notes)
            say.Line(note);

        await foreach (var check in validation.FiveChecksAsync(cancellationToken))
            Tell(check, say);
        if (evidence is not null)
            await evidence.WriteLiveAsync(cancellationToken);
        await foreach (var check in validation.FiguresAsync(cancellationToken))
            Tell(check, say);

        var report = validation.Report;
        say.Line(Verdict(report));
        if (evidence is not null)
            say.Line($"Evidence: {await evidence.WriteAsync(JsonSerializer.Serialize(report, AdminJson.Indented), say.Lines, cancellationToken)}");
        if (asJson)
            CommandOutput.WriteJson(report);
        return report.Passed ? Passed : Failed;
    }

    private static void Tell(ValidationCheck check, Transcript say)
    {
        var number = check.Number?.ToString(CultureInfo.InvariantCulture) ?? "-";
        var duration = check.DurationMs.ToString("0", CultureInfo.InvariantCulture).PadLeft(6);
        say.Line($"{number} {check.Title.PadRight(TitleWidth)} {Word(check.Verdict).PadRight(VerdictWidth)} {duration} ms  {check.Seen}");
        foreach (var cause in check.Causes)
            say.Line($"    likely: {cause}");
        foreach (var next in check.Next)
            say.Line($"    next:   {next}");
    }

    private static string Verdict(ValidationReport report)
    {
        var verdicts = report.Checks.CountBy(check => check.Verdict).ToDictionary();
        var counts = string.Join(", ", Enum.GetValues<ValidationVerdict>().Where(verdicts.ContainsKey)
            .Select(verdict => $"{verdicts[verdict]} {Word(verdict)}"));
        return $"{(report.Passed ? "PASSED" : "FAILED")}: {counts}";
    }

    private static string Word(ValidationVerdict verdict) => verdict.ToSnakeCase().Replace('_', ' ');

    /// <summary>Tells people what is going on, and keeps it.</summary>
    /// <param name="aside">Standard output is for something else.</param>
    private sealed class Transcript(bool aside)
    {
        private readonly List<string> lines = [];

        public IReadOnlyList<string> Lines => lines;

        public void Line(string text)
        {
            // What a provider or a server says may be anything; it must not command the terminal.
            var line = StorableText.Safe(text);
            lines.Add(line);
            (aside ? Console.Error : Console.Out).WriteLine(line);
        }
    }
}
