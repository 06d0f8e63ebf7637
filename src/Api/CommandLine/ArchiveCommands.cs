using System.CommandLine;
using CleanGateway.Infrastructure.Archive;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway archive …</c></summary>
internal static class ArchiveCommands
{
    private const int Success = 0;
    private const int Failure = 1;

    public static Command Create() => new("archive", "Use what LOG_ARCHIVE has kept.") { ReplayCommand() };

    private static Command ReplayCommand()
    {
        var paths = new Argument<string[]>("path") { Description = "Files of the archive, or folders with some", Arity = ArgumentArity.OneOrMore };
        var since = new Option<string?>("--since")
        {
            Description = "Pass over files of hours (UTC) before this moment: 2027-01-31T00:00:00Z. It saves time, and changes nothing else",
        };
        var replay = new Command(
            "replay", "Write archived calls that the database has not got into it, as after it was restored. Exit code 1 if a file could not be read.")
        {
            paths, since,
        };
        replay.SetAction((parsed, cancellationToken) => ReplayAsync(
            parsed.GetValue(paths)!, CommandMoments.Read("--since", parsed.GetValue(since)), cancellationToken));
        return replay;
    }

    private static async Task<int> ReplayAsync(string[] paths, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);

        var report = await ArchiveReplay.RunAsync(database.Url, settings, paths, since, TimeProvider.System, cancellationToken);
        foreach (var problem in report.Problems)
            await Console.Error.WriteLineAsync(problem);

        var others = report.TooOld > 0 ? $", {report.TooOld} left out of months whose ledger is past its time" : "";
        if (report.WithoutLog > 0)
            others += $", {report.WithoutLog} past LOG_RETENTION_DAYS in the ledger alone";
        Console.WriteLine($"{report.Files} files: {report.Written} calls written, {report.Known} were there, {report.Corrected} of them corrected{others}");
        return report.Problems.Count == 0 ? Success : Failure;
    }
}
