using System.Buffers;
using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>What a first spelling of a request was refused for, and a second does without.</summary>
internal readonly record struct ConverseSpelling(bool WithoutSampling, bool WithoutNativeSchema, bool WithoutThoughts);

/// <summary>A chat in the words of Converse.</summary>
internal sealed class ConverseRequest
{
    private const string Additional = "additionalModelRequestFields";
    private const string JsonHint = "Answer with one JSON object and nothing else: no words before or after it, no code fence.";

    private static readonly FrozenSet<string> Said = new[]
    {
        "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop", "tools", "functions", "tool_choice", "function_call",
        "parallel_tool_calls", "response_format", "reasoning_effort", "thinking", "service_tier", "guardrailConfig", "performanceConfig",
        "requestMetadata", Additional,
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>How every error ends that <c>drop_params</c> avoids.</summary>
    public const string WayOut = "Leave it out, or set drop_params for the key or the model.";

    // What LiteLLM's clients write beside the parameters of OpenAI: Bedrock's own members, in its own words.
    private static readonly string[] Own = ["guardrailConfig", "performanceConfig", "requestMetadata"];

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ParsedChat chat;
    private readonly ChatRequest request;
    private readonly BedrockModel model;
    private readonly UnsaidParams unsaid;
    private readonly ConverseTurns turns;
    private readonly ConverseTools tools;
    private readonly ConverseThinking thinking;
    private readonly string? schema;

    /// <param name="signedThoughtsOf">The signed thoughts of an assistant's message; none where they are not known.</param>
    /// <exception cref="GatewayException">A parameter is wrong.</exception>
    public ConverseRequest(
        ChatRequest request, ParsedChat chat, InferenceTarget target, ConverseSpelling spelling,
        Func<ChatMessage, IReadOnlyList<ThinkingBlock>> signedThoughtsOf)
    {
        (this.request, this.chat) = (request, chat);
        model = BedrockModel.Of(target);
        unsaid = new UnsaidParams(target, "Bedrock");
        if (spelling.WithoutThoughts)
            unsaid.AddDropped("thinking_blocks");

        // What is signed is Claude's: no other model takes it.
        Func<ChatMessage, IReadOnlyList<ThinkingBlock>> thoughtsOf = model.IsClaude && !spelling.WithoutThoughts ? signedThoughtsOf : static _ => [];
        SaysThoughts = chat.Messages.Any(message => message.Role == ChatRole.Assistant && thoughtsOf(message).Count > 0);
        Names = new ToolNames(model);
        turns = new ConverseTurns(model, Names, unsaid, thoughtsOf);
        turns.Add(chat.Messages);

        if (model.HasNativeSchemas && !spelling.WithoutNativeSchema && chat.Format?.Schema is { } wanted)
            schema = NativeSchema.TryWrite(wanted);
        tools = new ConverseTools(chat, model, Names, FormatByTool(), unsaid);
        thinking = new ConverseThinking(chat, request, model, tools.IsForced, LacksThoughts(thoughtsOf), unsaid);
        TakesSampling = model.TakesSampling && !spelling.WithoutSampling && !(model.IsClaude && thinking.IsOn);
        if (chat.Format is { Schema: null })
            turns.Hint(JsonHint);
        if (tools.Hint is { } hint)
            turns.Hint(hint);
        RefuseOthers();
        Body = Write();
    }

    public ToolNames Names { get; }

    /// <summary>The tool whose arguments are the answer, as it was sent; null when there is none.</summary>
    public string? AnswerTool => tools.AnswerTool;

    /// <summary>Null when the request can be sent.</summary>
    public GatewayError? Error => unsaid.Error;
    public IReadOnlyList<string> Dropped => unsaid.Dropped;
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The form of the answer is said in the provider's own words.</summary>
    public bool SaysSchema => schema is not null;

    /// <summary>Thoughts of earlier turns are brought back.</summary>
    public bool SaysThoughts { get; }

    private bool TakesSampling { get; }

    // Without a word of its own for it, the form is that of a tool's arguments. Any JSON object is a wish, told in words.
    private AnswerFormat? FormatByTool()
    {
        if (chat.Format is not { Schema: { } form } || schema is not null)
            return null;

        if (form.Given("type") is { } type && !type.IsText("object"))
        {
            unsaid.Refuse("response_format.json_schema.schema.type", "Bedrock answers only in schemas of the type object.");
            return null;
        }

        if (model.CanForceTools)
            return chat.Format;

        unsaid.Add("response_format", $"this model cannot be held to a schema. {WayOut}");
        return null;
    }

    // Only the last calls count, and only while they wait for the model to go on.
    private bool LacksThoughts(Func<ChatMessage, IReadOnlyList<ThinkingBlock>> thoughtsOf)
    {
        var last = chat.Messages.LastOrDefault(message => message.Role is ChatRole.Assistant or ChatRole.User);
        return last is { Role: ChatRole.Assistant, ToolCalls.Count: > 0 } && thoughtsOf(last).Count == 0;
    }

    private void RefuseOthers()
    {
        if (request.Choices > 1)
            unsaid.Refuse("n", "Bedrock gives one answer to a call.");
        if (chat["audio"] is not null)
            unsaid.Refuse("audio", "Bedrock answers in text.");
        unsaid.AddOthers(chat, Said.Union(["n", "audio"]).ToFrozenSet(StringComparer.Ordinal));
    }

    private ReadOnlyMemory<byte> Write()
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(1024, request.Body.Length));
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            turns.WriteTo(json);
            WriteInference(json);
            tools.WriteTo(json);
            WriteAdditional(json);
            WriteOwn(json);
            WriteTier(json);
            WriteOutput(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private void WriteOwn(Utf8JsonWriter json)
    {
        foreach (var name in Own)
        {
            if (chat[name]?.Require(name, JsonValueKind.Object) is not { } own)
                continue;

            if (model.Allows(name))
            {
                json.WritePropertyName(name);
                own.WriteTo(json);
            }
            else
            {
                unsaid.Add(name, $"the model's row does not allow it, since it has a price or a reach of its own. {WayOut}");
            }
        }
    }

    private void WriteInference(Utf8JsonWriter json)
    {
        var temperature = Sampling("temperature");
        if (temperature is { } degree && degree.GetDouble() is < 0 or > 2)
            throw ChatJson.Wrong("temperature", degree.GetRawText(), "a number from 0 to 2");

        var topP = Sampling("top_p");
        if (temperature is not null && topP is not null && !model.TakesTemperatureWithTopP)
        {
            topP = null;
            unsaid.AddDropped("top_p");
        }

        var stop = chat.Stop.Where(text => !string.IsNullOrWhiteSpace(text)).ToList();
        if (stop.Count < chat.Stop.Count)
            unsaid.AddDropped("stop");
        if (request.MaxTokens is null && temperature is null && topP is null && stop.Count == 0)
            return;

        json.WriteStartObject("inferenceConfig");
        if (request.MaxTokens is { } cap)
            json.WriteNumber("maxTokens", cap);
        WriteUpToOne(json, "temperature", "temperature", temperature);
        WriteUpToOne(json, "topP", "top_p", topP);
        if (stop.Count > 0)
        {
            json.WriteStartArray("stopSequences");
            stop.ForEach(json.WriteStringValue);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private JsonElement? Sampling(string name)
    {
        if (chat[name]?.Require(name, JsonValueKind.Number) is not { } value)
            return null;

        if (TakesSampling)
            return value;

        unsaid.AddDropped(name);
        return null;
    }

    // OpenAI's temperatures go up to 2.
    private void WriteUpToOne(Utf8JsonWriter json, string name, string parameter, JsonElement? value)
    {
        if (value is not { } number)
            return;

        json.WritePropertyName(name);
        if (number.GetDouble() <= 1)
        {
            number.WriteTo(json);
            return;
        }

        json.WriteNumberValue(1);
        unsaid.AddDropped(parameter);
    }

    private void WriteAdditional(Utf8JsonWriter json)
    {
        var fields = new OrderedDictionary<string, Action<Utf8JsonWriter>>(thinking.Fields, StringComparer.Ordinal);
        AddTopK(fields);
        if (tools.OneCallOnly is { } oneCallOnly)
            fields["tool_choice"] = oneCallOnly;
        if (thinking.Effort is not null && schema is null)
            fields["output_config"] = WriteEffort;

        if (chat[Additional]?.Require(Additional, JsonValueKind.Object) is { } own)
            ConverseAdditional.AddOwn(own, Additional, request.MaxTokens, fields, unsaid);
        if (fields.Count == 0)
            return;

        json.WriteStartObject(Additional);
        foreach (var (name, write) in fields)
        {
            json.WritePropertyName(name);
            write(json);
        }

        json.WriteEndObject();
    }

    private void AddTopK(OrderedDictionary<string, Action<Utf8JsonWriter>> fields)
    {
        if (chat["top_k"] is null)
            return;

        if (model.TopKField is not { } field)
        {
            unsaid.Add("top_k");
        }
        else if (Sampling("top_k") is { } topK)
        {
            var path = field.Split('.');
            fields[path[0]] = path is [_, var inner]
                ? json =>
                {
                    json.WriteStartObject();
                    json.WritePropertyName(inner);
                    topK.WriteTo(json);
                    json.WriteEndObject();
                }
                : topK.WriteTo;
        }
    }

    private void WriteTier(Utf8JsonWriter json)
    {
        switch (request.ServiceTier)
        {
            case null or "auto" or "default":
                break;
            case "priority" or "flex" or "reserved":
                json.WriteStartObject("serviceTier");
                json.WriteString("type", request.ServiceTier);
                json.WriteEndObject();
                break;
            default:
                unsaid.Add("service_tier", $"Bedrock has the tiers default, priority, flex and reserved. {WayOut}");
                break;
        }
    }

    // Beside a schema the effort has to stand here: Bedrock makes of this member what the model's own field would be.
    private void WriteOutput(Utf8JsonWriter json)
    {
        if (schema is null)
            return;

        json.WriteStartObject("outputConfig");
        json.WriteStartObject("textFormat");
        json.WriteString("type", "json_schema");
        json.WriteStartObject("structure");
        json.WriteStartObject("jsonSchema");
        json.WriteString("schema", schema);
        if (!string.IsNullOrEmpty(chat.Format!.Name))
            json.WriteString("name", chat.Format.Name);
        if (!string.IsNullOrEmpty(chat.Format.Description))
            json.WriteString("description", chat.Format.Description);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        if (thinking.Effort is not null)
            json.WriteString("effort", thinking.Effort);
        json.WriteEndObject();
    }

    private void WriteEffort(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("effort", thinking.Effort);
        json.WriteEndObject();
    }
}
