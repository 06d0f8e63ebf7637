using System.Text.Json;
using CleanGateway.Domain.Models;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// What is known of Claude's models: the rows of <c>claude-models.json</c>, in order, the first that has a piece of the
/// model's name. The last one fits every name and says what is assumed of models that are not known.
/// </summary>
internal static class ClaudeModels
{
    private const string Table = "claude-models.json";

    private static readonly (string[] Match, ModelCapabilities Can)[] Rows = Read();

    /// <param name="model">As the provider names it: also with a date, a region or a vendor around it.</param>
    /// <param name="isAssumed">No row names the model.</param>
    public static ModelCapabilities Find(string model, out bool isAssumed)
    {
        // Some write 3.7 where Anthropic writes 3-7.
        var name = model.Replace('.', '-').ToLowerInvariant();
        var (match, can) = Rows.First(row => row.Match.Any(piece => name.Contains(piece, StringComparison.Ordinal)));
        isAssumed = match is [""];
        return can;
    }

    private static (string[], ModelCapabilities)[] Read()
    {
        using var table = typeof(ClaudeModels).Assembly.GetManifestResourceStream(Table)
            ?? throw new InvalidOperationException($"{Table} is not part of the assembly.");
        using var rows = JsonDocument.Parse(table);
        return
        [
            .. rows.RootElement.EnumerateArray().Select(row => (
                row.GetProperty("match").EnumerateArray().Select(piece => piece.GetString()!).ToArray(), ModelCapabilities.Parse(row.GetRawText()))),
        ];
    }
}
