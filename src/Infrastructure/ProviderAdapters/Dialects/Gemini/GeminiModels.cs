using System.IO.Enumeration;
using System.Text.Json;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Models;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>
/// What is known of Google's models beyond what the catalogue tells: <c>gemini-models.json</c>, in which the first row counts
/// that has a pattern for the model's name. What an operator writes into a model's capabilities goes before it, under the same
/// names.
/// </summary>
internal static class GeminiModels
{
    private static readonly Row[] Rows = ReadRows();

    /// <param name="target">Its model is named as Google names it, whatever stands before the last slash.</param>
    public static ModelCapabilities Of(InferenceTarget target)
    {
        var name = target.UpstreamModel[(target.UpstreamModel.LastIndexOf('/') + 1)..];
        var row = Array.Find(Rows, row => row.Matches(name));
        return row is null ? target.Capabilities : target.Capabilities.Over(row.Capabilities);
    }

    private static Row[] ReadRows()
    {
        using var stream = typeof(GeminiModels).Assembly.GetManifestResourceStream("gemini-models.json")
            ?? throw new InvalidOperationException("The table of Google's models is not in the assembly.");
        using var table = JsonDocument.Parse(stream);
        return [.. table.RootElement.EnumerateArray().Select(row => new Row(
            [.. row.GetProperty("match").EnumerateArray().Select(pattern => pattern.GetString()!)],
            ModelCapabilities.Parse(row.GetRawText())))];
    }

    /// <param name="Patterns">With <c>*</c> for anything; any of them.</param>
    private sealed record Row(string[] Patterns, ModelCapabilities Capabilities)
    {
        public bool Matches(string model) =>
            Array.Exists(Patterns, pattern => FileSystemName.MatchesSimpleExpression(pattern, model, ignoreCase: true));
    }
}
