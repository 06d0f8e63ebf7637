using System.Text.Json.Nodes;

namespace CleanGateway.Application.LiteLlm;

/// <summary>Where a deployment is, and who calls it: what becomes a provider, shared by the deployments that agree in all of it.</summary>
/// <param name="Word">LiteLLM's word for it.</param>
/// <param name="Type">Ours.</param>
/// <param name="Place">Tells it from others with the same word: a host's name, a region; may be empty.</param>
internal sealed record LiteLlmProvider(string Word, string Type, string Place, JsonObject Config, JsonObject Credentials)
{
    private static readonly string[] Secrets = ["api_key", "client_secret", "secret_access_key", "service_account"];

    public string Identity => $"{Type}\n{Config.ToJsonString()}\n{Credentials.ToJsonString()}";

    /// <summary>What may be shown of the credentials.</summary>
    public string? Hint => Secret is not { } secret ? null : IsReference(secret) ? secret : Domain.Common.Secret.Hint(secret);

    /// <summary>The variable that the credentials come from, for a name; null where they are in the file.</summary>
    public string? Variable => Secret is { } secret && secret.StartsWith("env://", StringComparison.Ordinal) ? secret["env://".Length..] : null;

    private string? Secret => Secrets.Select(name => Credentials[name]).OfType<JsonValue>().FirstOrDefault()?.GetValue<string>();

    public override string ToString() => $"{Type} {Place}";

    private static bool IsReference(string text) => text.StartsWith("env://", StringComparison.Ordinal) || text.StartsWith("file://", StringComparison.Ordinal);

    /// <returns>Null when it cannot be carried over; <see cref="LiteLlmParams.Problem"/> then says why.</returns>
    public static LiteLlmProvider? Read(string word, string? pathRegion, LiteLlmParams values) => word switch
    {
        "openai" => OpenAi(values),
        "azure" => Azure(values),
        "anthropic" => Simple("anthropic", "ANTHROPIC_API_KEY", values, ["/v1/messages", "/v1"]),
        "gemini" => Simple("gemini", "GEMINI_API_KEY", values, ["/v1beta", "/v1"]),
        "vertex_ai" or "vertex_ai_beta" => Vertex(values),
        "bedrock" or "bedrock_converse" => Bedrock(pathRegion, values),
        _ => Compatible(word, LiteLlmVendors.FindCompatible(word)!, values),
    };

    private static LiteLlmProvider OpenAi(LiteLlmParams values)
    {
        var baseUrl = BaseUrl(values);
        if (baseUrl is not null && HostOf(baseUrl) != "api.openai.com")
            return Compatible("openai", new LiteLlmVendors.Compatible(null), values, baseUrl);

        var credentials = new JsonObject { ["api_key"] = values.SecretText("api_key") ?? values.Usual("api_key", "OPENAI_API_KEY") };
        if (values.SecretText("organization") is { } organization)
            credentials["organization"] = organization;
        return new LiteLlmProvider("openai", "openai", "", [], credentials);
    }

    private static LiteLlmProvider Compatible(string word, LiteLlmVendors.Compatible vendor, LiteLlmParams values, string? known = null)
    {
        var baseUrl = known ?? BaseUrl(values) ?? vendor.BaseUrl;
        if (baseUrl is null)
            values.Reject("api_base", "It is missing, and there is no usual one");
        if (word is "ollama" or "ollama_chat" && baseUrl is not null && !baseUrl.TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal))
            baseUrl = $"{baseUrl.TrimEnd('/')}/v1";

        var credentials = new JsonObject();
        if (values.SecretText("api_key") is { } key)
            credentials["api_key"] = key;
        else if (vendor.KeyVariable is { } variable)
            credentials["api_key"] = values.Usual("api_key", variable);

        var isUsual = baseUrl is not null && vendor.BaseUrl is { } usual && HostOf(usual) == HostOf(baseUrl);
        return new LiteLlmProvider(word, "openai_compatible", isUsual ? "" : HostOf(baseUrl), new JsonObject { ["base_url"] = baseUrl }, credentials);
    }

    private static LiteLlmProvider Azure(LiteLlmParams values)
    {
        var baseUrl = BaseUrl(values);
        if (baseUrl is null)
            values.Reject("api_base", "It is missing: an Azure resource has an address of its own");
        else if (baseUrl.IndexOf("/openai", StringComparison.Ordinal) is > 0 and var rest)
            baseUrl = baseUrl[..rest];

        var config = new JsonObject { ["base_url"] = baseUrl };
        if (values.Text("api_version") is { } version)
            config["api_version"] = version;

        foreach (var name in (string[])["azure_ad_token", "azure_username", "azure_password", "oidc_token"])
        {
            if (values.Has(name))
                values.Reject(name, "Tokens that somebody else has made end after an hour: expected api_key, or tenant_id, client_id and client_secret");
        }

        var credentials = new JsonObject();
        if (values.SecretText("client_secret") is { } secret)
        {
            credentials["tenant_id"] = values.Text("tenant_id") ?? Missing(values, "tenant_id");
            credentials["client_id"] = values.Text("client_id") ?? Missing(values, "client_id");
            credentials["client_secret"] = secret;
        }
        else
        {
            credentials["api_key"] = values.SecretText("api_key") ?? values.Usual("api_key", "AZURE_API_KEY");
        }

        return new LiteLlmProvider("azure", "azure", HostOf(baseUrl), config, credentials);
    }

    private static LiteLlmProvider Simple(string type, string variable, LiteLlmParams values, string[] endings)
    {
        var baseUrl = BaseUrl(values)?.TrimEnd('/');
        foreach (var ending in endings)
        {
            if (baseUrl?.EndsWith(ending, StringComparison.Ordinal) is true)
                baseUrl = baseUrl[..^ending.Length];
        }

        var config = baseUrl is null ? new JsonObject() : new JsonObject { ["base_url"] = baseUrl };
        var key = values.SecretText("api_key") ?? values.Usual("api_key", variable);
        return new LiteLlmProvider(type, type, HostOf(baseUrl), config, new JsonObject { ["api_key"] = key });
    }

    private static LiteLlmProvider Vertex(LiteLlmParams values)
    {
        var project = values.Text("vertex_project") ?? values.Text("vertex_ai_project") ?? Missing(values, "vertex_project");
        var location = values.Text("vertex_location") ?? values.Text("vertex_ai_location") ?? Missing(values, "vertex_location");
        var config = new JsonObject { ["project"] = project, ["location"] = location };
        if (BaseUrl(values) is { } baseUrl)
            config["base_url"] = baseUrl;

        var given = values.SecretText("vertex_credentials") ?? values.SecretText("vertex_ai_credentials");
        var credentials = given switch
        {
            null => new JsonObject { ["google_default"] = true },
            _ when given.StartsWith("env://", StringComparison.Ordinal) || given.TrimStart().StartsWith('{') => new JsonObject { ["service_account"] = given },
            _ when given.StartsWith('/') => new JsonObject { ["service_account"] = $"file://{given}" },
            _ => null,
        };
        if (credentials is null)
        {
            values.Reject(
                "vertex_credentials", "It names a file, and not from where: expected an absolute path, the file's text, or os.environ/NAME with that text");
        }

        return new LiteLlmProvider("vertex-ai", "vertex_ai", $"{project}-{location}", config, credentials ?? []);
    }

    private static LiteLlmProvider Bedrock(string? pathRegion, LiteLlmParams values)
    {
        foreach (var name in (string[])["aws_role_name", "aws_profile_name", "aws_web_identity_token", "aws_session_name"])
        {
            if (values.Has(name))
                values.Reject(name, "Roles and profiles are not taken on by the gateway: expected aws_access_key_id and aws_secret_access_key, or AWS's usual places");
        }

        var region = pathRegion ?? values.Text("aws_region_name") ?? Missing(values, "aws_region_name");
        var config = new JsonObject { ["region"] = region };
        if ((values.Text("aws_bedrock_runtime_endpoint") ?? BaseUrl(values)) is { } baseUrl)
            config["base_url"] = baseUrl;

        var credentials = new JsonObject();
        if (values.IsReferenceTo("aws_access_key_id", "AWS_ACCESS_KEY_ID") && values.IsReferenceTo("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY"))
        {
            // Those are where AWS's library looks anyway, and no place for other providers' secrets.
            values.Value("aws_session_token");
            credentials["aws_default"] = true;
            values.Advise("aws_secret_access_key", "Taken from AWS's usual places: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the gateway's environment");
        }
        else if (values.SecretText("aws_secret_access_key") is { } secret)
        {
            credentials["access_key_id"] = values.SecretText("aws_access_key_id") ?? Missing(values, "aws_access_key_id");
            credentials["secret_access_key"] = secret;
            if (values.SecretText("aws_session_token") is { } token)
                credentials["session_token"] = token;
        }
        else if (values.SecretText("api_key") is { } key)
        {
            credentials["api_key"] = key;
        }
        else
        {
            credentials["aws_default"] = true;
            values.Advise("aws_secret_access_key", "Not in the file: taken from AWS's usual places, on the gateway's machine");
        }

        return new LiteLlmProvider("bedrock", "bedrock", region ?? "", config, credentials);
    }

    private static string? BaseUrl(LiteLlmParams values)
    {
        var (first, second) = (values.Text("api_base"), values.Text("base_url"));
        return first ?? second;
    }

    private static string? Missing(LiteLlmParams values, string name)
    {
        values.Reject(name, "It is missing");
        return null;
    }

    private static string HostOf(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        ? parsed.HostNameType == UriHostNameType.Dns ? parsed.IsDefaultPort ? parsed.Host : $"{parsed.Host}-{parsed.Port}" : $"{parsed.Host.Trim('[', ']')}-{parsed.Port}"
        : "";
}
