using System.Text.Json;
using System.Text.RegularExpressions;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>What Google's models refuse to take although every member of it is known.</summary>
internal static partial class GeminiRules
{
    /// <summary>What a caller sends who has lost a signature.</summary>
    public const string NoSignature = "skip_thought_signature_validator";
    private static readonly string[] Data =
        ["text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult"];

    /// <summary>Whether the model wants its signatures back.</summary>
    public static bool SignsCalls(string model) => model.StartsWith("gemini-3", StringComparison.Ordinal);

    /// <summary>Role and parts; contents of one role that follow each other are one.</summary>
    public static IReadOnlyList<(string Role, List<JsonElement> Parts)> Turns(JsonElement body)
    {
        var turns = new List<(string Role, List<JsonElement> Parts)>();
        foreach (var content in body.Items("contents"))
        {
            var role = content.Text("role") is "model" ? "model" : "user";
            if (turns.Count == 0 || turns[^1].Role != role)
                turns.Add((role, []));

            turns[^1].Parts.AddRange(content.Items("parts"));
        }

        return turns;
    }

    public static void Check(JsonElement body, string model)
    {
        WireRefusal.If(body.Items("contents").Count == 0, "* GenerateContentRequest.contents: contents is not specified\n");
        foreach (var (content, index) in body.Items("contents").Select((content, index) => (content, index)))
        {
            WireRefusal.If(content.Text("role") is not (null or "" or "user" or "model" or "function"), "Please use a valid role: user, model.");
            WireRefusal.If(
                content.Items("parts").Count == 0, $"* GenerateContentRequest.contents[{index}].parts: contents.parts must not be empty.\n");
            foreach (var (part, number) in content.Items("parts").Select((part, number) => (part, number)))
                CheckPart(part, $"* GenerateContentRequest.contents[{index}].parts[{number}]");
        }

        WireRefusal.If(
            body.Has("systemInstruction") && body.Get("systemInstruction").Items("parts").Count == 0,
            "* GenerateContentRequest.system_instruction.parts: must not be empty\n");
        CheckTurns(Turns(body), model);
        CheckTools(body);
        CheckGeneration(body.Get("generationConfig"), model);
    }

    private static void CheckPart(JsonElement part, string where)
    {
        var data = Data.Count(name => part.Has(name));
        WireRefusal.If(data > 1, $"Invalid value at '{where}': oneof field 'data' is already set.");
        WireRefusal.If(data == 0, $"{where}.data: required oneof field 'data' must have one initialized field\n");
        if (part.Get("functionResponse") is { ValueKind: JsonValueKind.Object } response)
        {
            WireRefusal.If(string.IsNullOrEmpty(response.Text("name")), $"{where}.function_response.name: Name cannot be empty.\n");
            WireRefusal.If(
                response.Get("response").ValueKind != JsonValueKind.Object,
                $"Invalid value at '{where}.function_response.response' (type.googleapis.com/google.protobuf.Struct)");
        }

        if (part.Get("functionCall") is { ValueKind: JsonValueKind.Object } call)
        {
            WireRefusal.If(string.IsNullOrEmpty(call.Text("name")), $"{where}.function_call.name: Name cannot be empty.\n");
            WireRefusal.If(
                call.Has("args") && call.Get("args").ValueKind != JsonValueKind.Object,
                $"Invalid value at '{where}.function_call.args' (type.googleapis.com/google.protobuf.Struct)");
        }

        if (part.Get("inlineData") is { ValueKind: JsonValueKind.Object } blob)
        {
            WireRefusal.If(string.IsNullOrEmpty(blob.Text("mimeType")), $"{where}.inline_data.mime_type: must not be empty\n");
            WireRefusal.If(
                !System.Buffers.Text.Base64.IsValid(blob.Text("data")),
                $"Invalid value at '{where}.inline_data.data' (TYPE_BYTES), Base64 decoding failed");
        }
    }

    private static void CheckTurns(IReadOnlyList<(string Role, List<JsonElement> Parts)> turns, string model)
    {
        WireRefusal.If(turns[0].Role != "user", "Please ensure that multiturn requests alternate between user and model, starting with user.");
        for (var index = 0; index < turns.Count; index++)
        {
            var (role, parts) = turns[index];
            var calls = parts.Where(part => part.Has("functionCall")).ToList();
            var responses = parts.Count(part => part.Has("functionResponse"));
            WireRefusal.If(
                role == "user" && calls.Count > 0,
                "Please ensure that function call turn comes immediately after a user turn or after a function response turn.");
            WireRefusal.If(
                role == "model" && responses > 0, "Please ensure that function response turn comes immediately after a function call turn.");
            if (role == "user")
            {
                var asked = index == 0
                    ? []
                    : turns[index - 1].Parts.Where(part => part.Has("functionCall")).Select(part => part.Get("functionCall").Text("name")).ToList();
                WireRefusal.If(
                    asked.Count != responses,
                    "Please ensure that the number of function response parts is equal to the number of function call parts of the function call "
                    + "turn.");
                var unasked = parts.Select(part => part.Get("functionResponse").Text("name")).OfType<string>().Except(asked).FirstOrDefault();
                WireRefusal.If(unasked is not null, $"Function response name '{unasked}' does not match any function call.");
            }
            else
            {
                WireRefusal.If(
                    calls.Count > 0 && index == turns.Count - 1,
                    "Please ensure that function response turn comes immediately after a function call turn.");
            }
        }

        // Only what has been thought since the user last said something is checked.
        var said = turns.Index().Last(turn => turn.Item.Role == "user" && !turn.Item.Parts.Exists(part => part.Has("functionResponse"))).Index;
        foreach (var (index, turn) in turns.Index().Skip(said).Where(_ => SignsCalls(model)))
        {
            if (turn.Parts.FirstOrDefault(part => part.Has("functionCall")) is not { ValueKind: JsonValueKind.Object } first)
                continue;

            var name = first.Get("functionCall").Text("name");
            var signature = first.Text("thoughtSignature");
            WireRefusal.If(
                signature is null,
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing "
                + "thought_signature may "
                + $"lead to degraded model performance. Additional data, function call `default_api:{name}` , position {index + 1}.");
            WireRefusal.If(signature != NoSignature && signature != Think.SignatureOf(name!), "Thought signature is not valid.");
        }
    }

    private static void CheckTools(JsonElement body)
    {
        var declarations = body.Items("tools").SelectMany(tool => tool.Items("functionDeclarations")).ToList();
        foreach (var declaration in declarations)
        {
            WireRefusal.If(
                declaration.Text("name") is not { } name || !FunctionName().IsMatch(name),
                "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots "
                + "(.), colons (:), or dashes (-), with a maximum length of 64.");
            WireRefusal.If(
                declaration.Has("parameters") && declaration.Has("parametersJsonSchema"),
                "parameters and parameters_json_schema must not be set together.");
            WireRefusal.If(
                declaration.Get("parameters").Text("type")?.ToUpperInvariant() == "OBJECT"
                    && declaration.Get("parameters").Get("properties").Members().Count == 0,
                $"* GenerateContentRequest.tools[0].function_declarations.parameters.properties: should be non-empty for OBJECT type\n");
        }

        var names = declarations.Select(declaration => declaration.Text("name")).ToList();
        WireRefusal.If(
            names.Distinct().Count() < names.Count,
            $"Duplicate function declaration found: {names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key}");
        WireRefusal.If(
            body.Items("tools").Count(tool => tool.Has("functionDeclarations")) > 1, "Multiple tools are supported only when they are all search "
            + "tools.");

        var config = body.Get("toolConfig").Get("functionCallingConfig");
        var mode = config.Text("mode");
        WireRefusal.If(
            mode is not (null or "AUTO" or "ANY" or "NONE" or "VALIDATED" or "MODE_UNSPECIFIED"),
            $"Invalid value at 'tool_config.function_calling_config.mode', \"{mode}\"");
        var allowed = config.Items("allowedFunctionNames").Select(name => name.AsText()).ToList();
        WireRefusal.If(
            allowed.Count > 0 && mode is not ("ANY" or "VALIDATED"),
            "Allowed function names should only be set when function calling mode is ANY or VALIDATED.");
        WireRefusal.If(allowed.Except(names).Any(), "Allowed function names should be a subset of the declared functions.");
        WireRefusal.If(mode == "ANY" && names.Count == 0, "Function calling config is set without function_declarations.");
    }

    private static void CheckGeneration(JsonElement config, string model)
    {
        WireRefusal.If(config.Number("temperature") is < 0 or > 2, "Unable to submit request because temperature must be in the range [0, 2].");
        WireRefusal.If(config.Number("topP") is < 0 or > 1, "Unable to submit request because topP must be in the range [0, 1].");
        WireRefusal.If(config.Number("maxOutputTokens") <= 0, "max_output_tokens must be positive.");
        WireRefusal.If(config.Number("candidateCount") is < 1 or > 8, "Only 1 to 8 candidates can be asked for.");
        WireRefusal.If(config.Items("stopSequences").Count > 5, "The number of stop sequences is more than the maximum of 5.");
        var hasSchema = config.Has("responseSchema") || config.Has("responseJsonSchema");
        WireRefusal.If(
            config.Has("responseSchema") && config.Has("responseJsonSchema"), "Only one of response_schema and response_json_schema can be set.");
        WireRefusal.If(
            hasSchema && config.Text("responseMimeType") is not ("application/json" or "text/x.enum"),
            "For controlled generation of only JSON, response_mime_type must be application/json.");

        var thinking = config.Get("thinkingConfig");
        WireRefusal.If(
            thinking.Has("thinkingBudget") && thinking.Has("thinkingLevel"), "You can only set only one of thinking budget and thinking level.");
        WireRefusal.If(thinking.Has("thinkingLevel") && !SignsCalls(model), "Thinking level is not supported for this model.");
        WireRefusal.If(
            thinking.Text("thinkingLevel")?.ToUpperInvariant() is not (null or "MINIMAL" or "LOW" or "MEDIUM" or "HIGH"),
            $"Invalid value at 'generation_config.thinking_config.thinking_level', \"{thinking.Text("thinkingLevel")}\"");
    }

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$")]
    private static partial Regex FunctionName();
}
