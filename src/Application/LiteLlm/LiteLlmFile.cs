using System.Text.Json;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.LiteLlm;

/// <summary>A LiteLLM proxy's <c>config.yaml</c>, understood.</summary>
/// <param name="Deployments">The first of each name that can be carried over.</param>
/// <param name="Aliases">Other names of deployments.</param>
internal sealed record LiteLlmFile(
    IReadOnlyList<LiteLlmDeployment> Deployments, IReadOnlyList<(string Alias, LiteLlmDeployment Target, string Path)> Aliases, IReadOnlyList<ImportNote> Notes)
{
    private const int MostDeployments = 2000;

    /// <param name="wordOf">The word of a model that is known by its name.</param>
    /// <exception cref="GatewayException">It is no such file at all.</exception>
    public static LiteLlmFile Read(JsonElement root, IReadOnlyDictionary<string, string> environment, Func<string, string?> wordOf)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw Invalid("The file is no mapping: expected model_list and the other sections of LiteLLM's config.yaml.");

        var notes = new List<ImportNote>();
        var settings = LiteLlmSettings.Read(root, environment, notes);
        var deployments = new Dictionary<string, LiteLlmDeployment>(StringComparer.Ordinal);
        if (root.TryGetProperty("model_list", out var list) && list.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
            throw Invalid("model_list is no list.");
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > MostDeployments)
            throw Invalid($"model_list has {list.GetArrayLength()} deployments: allowed are {MostDeployments}.");

        var index = 0;
        foreach (var entry in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default)
        {
            var path = $"model_list[{index++}]";
            var ofThisOne = new List<ImportNote>();
            var read = LiteLlmDeployment.Read(entry, path, settings, wordOf, ofThisOne);
            if (read is not null && !deployments.TryAdd(read.Name, read))
                ofThisOne = [new ImportNote(path, LiteLlmReasons.AnotherDeployment)];
            notes.AddRange(ofThisOne);
        }

        var aliases = new List<(string, LiteLlmDeployment, string)>();
        foreach (var (alias, name, path) in settings.GroupAliases)
        {
            if (Models.CatalogueEntry.WhatIsWrongWithName(alias) is { } wrong)
                notes.Add(new ImportNote(path, wrong));
            else if (deployments.ContainsKey(alias))
                notes.Add(new ImportNote(path, "There is a deployment of the same name"));
            else if (deployments.TryGetValue(name, out var target))
                aliases.Add((alias, target, path));
            else
                notes.Add(new ImportNote(path, "It leads to no deployment that is carried over"));
        }

        return new LiteLlmFile([.. deployments.Values], aliases, notes);
    }

    private static GatewayException Invalid(string message) => new(GatewayError.Invalid(message, code: "invalid_litellm_config"));
}
