using System.Text.Json;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.LiteLlm;

/// <summary>What the file says beside its deployments.</summary>
/// <param name="DropParams">For all deployments that say nothing else; null: it is not said.</param>
/// <param name="GroupAliases">Other names for names of deployments, and where in the file.</param>
internal sealed record LiteLlmSettings(
    bool? DropParams, IReadOnlyList<(string Alias, string Name, string Path)> GroupAliases, IReadOnlyDictionary<string, string> Variables,
    IReadOnlyDictionary<string, JsonElement> Credentials)
{
    private const string CredentialName = "litellm_credential_name";

    /// <param name="notes">Told what is not carried over.</param>
    public static LiteLlmSettings Read(JsonElement root, IReadOnlyDictionary<string, string> environment, List<ImportNote> notes)
    {
        bool? dropParams = null;
        var aliases = new List<(string, string, string)>();
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var credentials = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var section in root.EnumerateObject())
        {
            var name = StorableText.Safe(section.Name);
            switch (section.Name)
            {
                case "model_list":
                    break;
                case "credential_list" when section.Value.ValueKind == JsonValueKind.Array:
                    ReadCredentials(section.Value, credentials, notes);
                    break;
                case "litellm_settings" or "router_settings" or "general_settings" or "environment_variables" when section.Value.ValueKind == JsonValueKind.Object:
                    foreach (var member in section.Value.EnumerateObject())
                        ReadMember($"{name}.{StorableText.Safe(member.Name)}", member);
                    break;
                case var _ when section.Value.ValueKind != JsonValueKind.Null:
                    notes.Add(new ImportNote(name, LiteLlmReasons.OfSetting(name)));
                    break;
            }
        }

        foreach (var (variable, value) in environment)
            variables[variable] = value;
        return new LiteLlmSettings(dropParams, aliases, variables, credentials);

        void ReadMember(string path, JsonProperty member)
        {
            if (path == "litellm_settings.drop_params" && member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                dropParams = member.Value.GetBoolean();
                return;
            }

            if (path == "router_settings.model_group_alias" && member.Value.ValueKind == JsonValueKind.Object)
            {
                aliases.AddRange(member.Value.EnumerateObject().Select(alias => (alias.Name, Target(alias.Value), $"{path}.{StorableText.Safe(alias.Name)}")));
                return;
            }

            if (path.StartsWith("environment_variables.", StringComparison.Ordinal) && member.Value.ValueKind == JsonValueKind.String)
                variables[member.Name] = member.Value.GetString()!;
            notes.Add(new ImportNote(path, LiteLlmReasons.OfSetting(path)));
        }
    }

    /// <summary>The parameters of a deployment, with those that it takes from a credential of the file.</summary>
    public LiteLlmParams ParamsOf(JsonElement given, string path)
    {
        var members = given.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        string? unknown = null;
        if (members.Remove(CredentialName, out var name) && name.ValueKind == JsonValueKind.String)
        {
            if (Credentials.TryGetValue(name.GetString()!, out var values))
            {
                foreach (var value in values.EnumerateObject())
                    members.TryAdd(value.Name, value.Value);
            }
            else
            {
                unknown = name.GetString()!;
            }
        }

        var read = new LiteLlmParams(members, Variables, path);
        if (unknown is not null)
            read.Reject(CredentialName, $"There is no '{StorableText.Safe(unknown)}' in credential_list");
        return read;
    }

    private static void ReadCredentials(JsonElement list, Dictionary<string, JsonElement> credentials, List<ImportNote> notes)
    {
        var index = 0;
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("credential_name", out var name) && name.ValueKind == JsonValueKind.String
                && entry.TryGetProperty("credential_values", out var values) && values.ValueKind == JsonValueKind.Object)
                credentials[name.GetString()!] = values;
            else
                notes.Add(new ImportNote($"credential_list[{index}]", "It is no credential: expected credential_name and credential_values"));
            index++;
        }
    }

    private static string Target(JsonElement value) => value switch
    {
        { ValueKind: JsonValueKind.String } => value.GetString()!,
        { ValueKind: JsonValueKind.Object } when value.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String => model.GetString()!,
        _ => "",
    };
}
