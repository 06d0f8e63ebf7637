using System.Text.Json;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.LiteLlm;

/// <summary>One entry of <c>model_list</c>.</summary>
/// <param name="Name">What callers ask for.</param>
/// <param name="ModelName">The model's row.</param>
/// <param name="LitellmProvider">The word in that row.</param>
/// <param name="Upstream">What the provider is asked for.</param>
/// <param name="Stated">What the file says of the model's price and powers, under the catalogue's names.</param>
/// <param name="BaseModel">Whose price and powers it has besides; null: those of its name.</param>
/// <param name="Advice">Told when it is carried over.</param>
internal sealed record LiteLlmDeployment(
    string Path, string Name, string ModelName, string LitellmProvider, string Upstream, LiteLlmProvider Provider, Dictionary<string, JsonElement> Stated,
    string? BaseModel, bool? DropParams, IReadOnlyList<ImportNote> Advice)
{
    private static readonly string[] Modes = ["chat", "embedding", "responses"];

    // Of the rows in the database, and what makes no difference here.
    private static readonly string[] Columns = ["mode", "max_input_tokens", "max_output_tokens"];
    private static readonly string[] Quiet = ["id", "base_model", "db_model"];

    /// <param name="notes">Told what of it, or that all of it, is not carried over.</param>
    /// <param name="wordOf">The word of a model that is known by its name.</param>
    public static LiteLlmDeployment? Read(JsonElement entry, string path, LiteLlmSettings settings, Func<string, string?> wordOf, List<ImportNote> notes)
    {
        if (entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty("model_name", out var named) || named.ValueKind != JsonValueKind.String
            || !entry.TryGetProperty("litellm_params", out var given) || given.ValueKind != JsonValueKind.Object)
        {
            notes.Add(new ImportNote(path, "It is no deployment: expected model_name and litellm_params"));
            return null;
        }

        var name = named.GetString()!;
        if (CatalogueEntry.WhatIsWrongWithName(name) is { } wrong)
        {
            notes.Add(new ImportNote($"{path}.model_name", wrong));
            return null;
        }

        var values = settings.ParamsOf(given, $"{path}.litellm_params");
        var info = entry.TryGetProperty("model_info", out var about) && about.ValueKind == JsonValueKind.Object
            ? about.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal) : [];
        var read = ReadModel(path, name, values, info, settings, wordOf);
        if (values.Problem is { } problem || read is null)
        {
            notes.Add(values.Problem ?? new ImportNote(path, "It cannot be carried over"));
            return null;
        }

        notes.AddRange(values.Unread.Select(member => new ImportNote($"{path}.litellm_params.{Safe(member.Key)}", LiteLlmReasons.OfParam(member.Key))));
        notes.AddRange(info.Where(member => !read.Stated.ContainsKey(member.Key) && !Quiet.Contains(member.Key))
            .Select(member => new ImportNote($"{path}.model_info.{Safe(member.Key)}", LiteLlmReasons.OfInfo(member.Key))));
        notes.AddRange(entry.EnumerateObject().Where(member => member.Name is not ("model_name" or "litellm_params" or "model_info"))
            .Select(member => new ImportNote($"{path}.{Safe(member.Name)}", LiteLlmReasons.Unknown)));
        return read;
    }

    private static LiteLlmDeployment? ReadModel(
        string path, string name, LiteLlmParams values, Dictionary<string, JsonElement> info, LiteLlmSettings settings, Func<string, string?> wordOf)
    {
        if (values.Text("model") is not { } model)
        {
            values.Reject("model", "It is missing");
            return null;
        }

        if (name.Contains('*') || model.Contains('*'))
        {
            values.Reject(
                "model", "Names with * stand for any model: make a row for each that is wanted, or import LiteLLM's catalogue with `cleangateway models import`");
            return null;
        }

        var (word, rest) = Split(model, values.Text("custom_llm_provider"), wordOf);
        if (word is null || !LiteLlmVendors.IsServed(word))
        {
            values.Reject("model", word is null
                ? "The provider cannot be told from its name: write it as provider/model"
                : $"The gateway does not speak the language of '{Safe(word)}'");
            return null;
        }

        var (region, upstream) = word is "bedrock" or "bedrock_converse" ? BedrockName(rest) : (null, rest);
        var provider = LiteLlmProvider.Read(word, region, values);
        if (provider is null || values.Problem is not null)
            return null;

        var mode = info.TryGetValue("mode", out var said) && said.ValueKind == JsonValueKind.String ? said.GetString()! : null;
        if (mode is not null && !Modes.Contains(mode))
        {
            values.Reject("model", $"Its mode is '{Safe(mode)}': the gateway serves {string.Join(", ", Modes)}");
            return null;
        }

        var isElsewhere = word == "openai" && provider.Type != "openai";
        var isBare = word is "anthropic" || (word is "bedrock" or "bedrock_converse" && !upstream.StartsWith("arn:", StringComparison.Ordinal))
            || (word == "openai" && !isElsewhere);
        var row = isBare ? upstream : $"{word}/{upstream}";
        if (CatalogueEntry.WhatIsWrongWithName(row) is { } wrong)
        {
            values.Reject("model", wrong);
            return null;
        }

        var baseModel = info.TryGetValue("base_model", out var like) && like.ValueKind == JsonValueKind.String ? like.GetString()
            : values.Text("base_model");
        return new LiteLlmDeployment(
            path, name, row, isElsewhere ? provider.Type : word, upstream, provider, StatedIn(values, info, upstream), baseModel,
            values.Flag("drop_params") ?? settings.DropParams, values.Advice);
    }

    private static (string? Word, string Model) Split(string model, string? custom, Func<string, string?> wordOf)
    {
        var slash = model.IndexOf('/');
        var first = slash > 0 ? model[..slash] : null;
        if (custom is not null)
            return (custom, first == custom ? model[(slash + 1)..] : model);
        if (first is not null && slash + 1 < model.Length && LiteLlmVendors.IsKnown(first))
            return (first, model[(slash + 1)..]);

        return (wordOf(model) is { } word && LiteLlmVendors.IsKnown(word) ? word : LiteLlmVendors.Guess(model), model);
    }

    // bedrock/converse/…, bedrock/us-east-1/…: how and where, before which.
    private static (string? Region, string Model) BedrockName(string rest)
    {
        if (rest.IndexOf("arn:", StringComparison.Ordinal) is >= 0 and var arn)
            return (null, rest[arn..]);

        var parts = rest.Split('/');
        return (parts[..^1].FirstOrDefault(part => part.Count(letter => letter == '-') >= 2), parts[^1]);
    }

    private static Dictionary<string, JsonElement> StatedIn(LiteLlmParams values, Dictionary<string, JsonElement> info, string upstream)
    {
        var stated = info.Where(member => IsPrice(member.Key) || Columns.Contains(member.Key) || member.Key.StartsWith("supports_", StringComparison.Ordinal))
            .Where(member => member.Value.ValueKind != JsonValueKind.Null).ToDictionary(StringComparer.Ordinal);
        foreach (var name in values.Unread.Select(member => member.Key).Where(IsPrice).ToList())
            stated[name] = values.Value(name)!.Value;

        if (!stated.ContainsKey("mode") && upstream.StartsWith("text-embedding-", StringComparison.Ordinal))
            stated["mode"] = JsonSerializer.SerializeToElement("embedding");
        return stated;
    }

    private static bool IsPrice(string name) => name.Contains("_cost_per_", StringComparison.Ordinal) || name.Contains("_token_cost", StringComparison.Ordinal);

    private static string Safe(string text) => StorableText.Safe(text);
}
