using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CleanGateway.Api.CommandLine;

/// <summary>The options that say what a provider's <c>config</c> is to hold.</summary>
internal sealed class ProviderConfigOptions
{
    private readonly Option<string?> config = new("--config") { Description = "Members of the config, as a JSON object: docs/configuration.md has them" };
    private readonly Option<string?> baseUrl = new("--base-url") { Description = "Where the API is" };
    private readonly Option<string[]> networks = new("--allow-cidr")
    {
        Description = "A private network that the provider may be in, like 10.20.0.0/16. May be given more than once, and replaces those before",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[config, baseUrl, networks])
            command.Options.Add(option);
    }

    /// <returns>Null: nothing was said.</returns>
    public JsonElement? Read(ParseResult parsed)
    {
        var given = CommandInput.Object(parsed, config);
        var members = given is { } json ? (JsonObject)JsonNode.Parse(json.GetRawText())! : [];
        if (parsed.GetValue(baseUrl) is { } url)
            members["base_url"] = url;
        if (parsed.GetValue(networks) is { Length: > 0 } opened)
            members["allow_cidrs"] = new JsonArray([.. opened.Select(network => JsonValue.Create(network))]);

        return given is null && members.Count == 0 ? null : JsonSerializer.SerializeToElement(members);
    }
}
