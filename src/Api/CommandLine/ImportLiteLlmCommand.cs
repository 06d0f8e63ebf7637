using System.Collections;
using System.CommandLine;
using CleanGateway.Application.LiteLlm;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway import-litellm</c></summary>
internal static class ImportLiteLlmCommand
{
    private const int Success = 0;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A LiteLLM proxy's config.yaml" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would change, and change nothing" };
        var update = new Option<bool>("--update")
        {
            Description = "Change what is there under the same name and says something else; without it, that is reported and left alone",
        };
        var json = CommandOutput.JsonOption();
        var import = new Command(
            "import-litellm", "Take a LiteLLM proxy's configuration over into providers, models and aliases, and report what cannot be.")
        {
            file, dryRun, update, json,
        };
        import.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            var message = new ImportLiteLlm(
                await ReadAsync(path, cancellationToken), parsed.GetValue(dryRun), parsed.GetValue(update), Variables());
            var report = await CommandMessages.SendAsync(message, cancellationToken, withMasterKey: true);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(report);
            else
                Print(report);
            return Success;
        });
        return import;
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > ImportLiteLlm.MaxFileBytes }
                ? throw new StartException($"{path} has more than {ImportLiteLlm.MaxFileBytes} bytes")
                : await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StartException($"{path} was not found", missing);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartException($"{path} cannot be read: {refused.Message}", refused);
        }
    }

    private static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    private static void Print(LiteLlmImport report)
    {
        foreach (var (mark, rows) in new[] { ("+", report.Made), ("~", report.Changed), ("!", report.Conflicts) })
        {
            foreach (var row in rows)
                Console.WriteLine($"{mark} {row.Kind} {Printable(row.Name)}: {Printable(row.Detail)} ({row.Path})");
        }

        Print("Left as they are, because --update was not given, or because they are another sort of provider: the lines with !", report.Conflicts.Count);
        Print("Not carried over:", report.NotCarriedOver);
        Print("To do:", report.Advice);
        Console.WriteLine(
            $"{report.Made.Count} made, {report.Changed.Count} changed, {report.Unchanged.Count} unchanged, {report.Conflicts.Count} in conflict, "
            + $"{report.NotCarriedOver.Count} not carried over{(report.DryRun ? "; nothing was written" : "")}");
    }

    private static void Print(string text, int count)
    {
        if (count > 0)
            Console.WriteLine(text);
    }

    private static void Print(string title, IReadOnlyList<ImportNote> notes)
    {
        Print(title, notes.Count);
        foreach (var note in notes)
            Console.WriteLine($"  {Printable(note.Path)}: {Printable(note.Reason)}");
    }

    // The file's words may be anything; they must not command the terminal.
    private static string Printable(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
}
