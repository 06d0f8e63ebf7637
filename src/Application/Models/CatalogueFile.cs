using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Models;

/// <summary>Reads LiteLLM's <c>model_prices_and_context_window.json</c>: an object of models by name.</summary>
internal static class CatalogueFile
{
    // They explain and guess; they are no models.
    private static readonly string[] NoModels = ["sample_spec", "fallback_generalizations"];

    /// <returns>The models; and the entries that are none, with the reason.</returns>
    /// <exception cref="GatewayException">It is no such file at all.</exception>
    public static (IReadOnlyList<CatalogueModel> Models, IReadOnlyList<InvalidModel> Invalid) Read(ReadOnlyMemory<byte> file)
    {
        var utf8 = file.Span.StartsWith("\uFEFF"u8) ? file["\uFEFF"u8.Length..] : file;
        if (StrictJson.Check(utf8.Span, "The file") is { } error)
            throw new GatewayException(error);

        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new GatewayException(
                GatewayError.Invalid("The file is no JSON object: expected one of models by name.", code: "invalid_catalogue"));
        }

        var models = new List<CatalogueModel>();
        var invalid = new List<InvalidModel>();
        foreach (var entry in document.RootElement.EnumerateObject())
        {
            var (name, problem) = NameOf(entry);
            if (NoModels.Contains(name, StringComparer.Ordinal))
                continue;

            var model = problem is null ? CatalogueEntry.Read(name, entry.Value, out problem) : null;
            if (model is not null)
                models.Add(model);
            else
                invalid.Add(new InvalidModel(StorableText.Safe(name), problem!));
        }

        return (models, invalid);
    }

    private static (string Name, string? Problem) NameOf(JsonProperty entry)
    {
        try
        {
            var name = entry.Name;
            return (name, CatalogueEntry.WhatIsWrongWithName(name));
        }
        catch (InvalidOperationException)
        {
            return ("", "the name contains half of a surrogate pair");
        }
    }
}
