using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>
/// Reads Google's bodies as its servers do: as messages of which every member is known, its name in camel or snake case.
/// </summary>
internal static class GeminiMessages
{
    // Message → its members. "name:Type" is a message or several, "name:*" is free, the others are values.
    private static readonly ImmutableDictionary<string, ImmutableDictionary<string, string?>> Types = new Dictionary<string, string>
    {
        ["GenerateContentRequest"] =
            "model contents:Content systemInstruction:Content tools:Tool toolConfig:ToolConfig generationConfig:GenerationConfig "
            + "safetySettings:SafetySetting "
            + "cachedContent labels:* serviceTier continuationToken",
        ["CountTokensRequest"] = "contents:Content generateContentRequest:GenerateContentRequest systemInstruction:Content tools:Tool "
        + "generationConfig:GenerationConfig",
        ["EmbedContentRequest"] = "model content:Content taskType title outputDimensionality autoTruncate embedContentConfig:*",
        ["BatchEmbedContentsRequest"] = "requests:EmbedContentRequest",
        ["PredictRequest"] = "instances:Instance parameters:PredictParameters",
        ["Instance"] = "content taskType title",
        ["PredictParameters"] = "outputDimensionality autoTruncate",
        ["Content"] = "role parts:Part",
        ["Part"] =
            "text inlineData:Blob fileData:FileData functionCall:FunctionCall functionResponse:FunctionResponse executableCode:* "
            + "codeExecutionResult:* "
            + "thought thoughtSignature videoMetadata:* mediaResolution:*",
        ["Blob"] = "mimeType data displayName",
        ["FileData"] = "mimeType fileUri displayName",
        ["FunctionCall"] = "id name args:*",
        ["FunctionResponse"] = "id name response:* parts:* scheduling willContinue",
        ["Tool"] = "functionDeclarations:FunctionDeclaration googleSearch:* urlContext:* codeExecution:* googleMaps:* enterpriseWebSearch:* "
        + "googleSearchRetrieval:*",
        ["FunctionDeclaration"] = "name description parameters:Schema parametersJsonSchema:* response:Schema responseJsonSchema:* behavior",
        ["ToolConfig"] = "functionCallingConfig:FunctionCallingConfig retrievalConfig:*",
        ["FunctionCallingConfig"] = "mode allowedFunctionNames streamFunctionCallArguments",
        ["SafetySetting"] = "category threshold method",
        ["GenerationConfig"] =
            "temperature topP topK candidateCount maxOutputTokens stopSequences presencePenalty frequencyPenalty seed responseLogprobs logprobs "
            + "responseMimeType "
            + "responseSchema:Schema responseJsonSchema:* responseModalities speechConfig:* mediaResolution audioTimestamp "
            + "thinkingConfig:ThinkingConfig",
        ["ThinkingConfig"] = "includeThoughts thinkingBudget thinkingLevel",
        ["Schema"] =
            "type format title description nullable enum items:Schema properties:{Schema} required minimum maximum minItems maxItems minLength "
            + "maxLength pattern "
            + "minProperties maxProperties anyOf:Schema propertyOrdering example default",
    }.ToImmutableDictionary(
        pair => pair.Key,
        pair => pair.Value.Split(' ').Select(member => member.Split(':'))
            .ToImmutableDictionary(parts => parts[0], parts => parts.ElementAtOrDefault(1)));

    /// <summary>The body with its members in camel case; refused if one is not known.</summary>
    public static JsonElement Read(string body, string type)
    {
        var unknown = new List<(string Name, string Where)>();
        var read = Read(JsonReading.Parsed(body), type, "", unknown);
        if (unknown.Count > 0)
        {
            throw new WireRefusal(400, string.Join('\n', unknown.Select(member =>
                $"Invalid JSON payload received. Unknown name \"{member.Name}\""
                + $"{(member.Where.Length == 0 ? "" : $" at '{member.Where}'")}: Cannot find field.")));
        }

        return JsonSerializer.SerializeToElement(read);
    }

    private static JsonNode? Read(JsonElement json, string? type, string where, List<(string Name, string Where)> unknown)
    {
        if (type is null)
            WireRefusal.If(json.ValueKind == JsonValueKind.Object, $"Invalid value at '{where}', Starting an object on a scalar field");
        if (type is null or "*")
            return JsonSerializer.SerializeToNode(json);

        if (json.ValueKind == JsonValueKind.Array)
            return new JsonArray(
                [.. json.EnumerateArray()
                    .Select((item, index) => Read(item, type, string.Create(CultureInfo.InvariantCulture, $"{where}[{index}]"), unknown))]);

        WireRefusal.If(
            json.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null), $"Invalid value at '{where}' ({type}), {json.GetRawText()}");
        var read = new JsonObject();
        foreach (var member in json.Members())
        {
            if (type[0] == '{')
            {
                read[member.Name] = Read(member.Value, type[1..^1], $"{where}[{member.Name}]", unknown);
                continue;
            }

            var name = Camel(member.Name);
            if (Types[type].TryGetValue(name, out var of))
                read[name] = Read(member.Value, of, where.Length == 0 ? Snake(name) : $"{where}.{Snake(name)}", unknown);
            else
                unknown.Add((member.Name, where));
        }

        return read;
    }

    private static string Camel(string name) =>
        string.Concat(name.Split('_').Select((word, index) => index == 0 || word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    private static string Snake(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? "_" + char.ToLowerInvariant(letter) : letter.ToString()));
}
