using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Writes how a model shall answer: <c>generationConfig</c>.</summary>
internal sealed class GeminiGeneration(Utf8JsonWriter json, ModelCapabilities model, GeminiStyle style)
{
    private const int MostStops = 5;
    private const int MostChoices = 8;

    private static readonly (string Theirs, string Ours)[] Numbers =
    [
        ("temperature", "temperature"), ("top_p", "topP"), ("top_k", "topK"), ("presence_penalty", "presencePenalty"),
        ("frequency_penalty", "frequencyPenalty"),
    ];

    /// <exception cref="GatewayException">A parameter is of a wrong kind, or beyond what Gemini knows.</exception>
    public void Write(ChatRequest request, ParsedChat chat, UnsaidParams unsaid)
    {
        json.WriteStartObject("generationConfig");
        foreach (var (theirs, ours) in Numbers)
            WriteNumber(chat, theirs, ours);
        if (request.MaxTokens is { } most)
            json.WriteNumber("maxOutputTokens", most);
        WriteChoices(request);
        WriteStop(chat);
        WriteSeed(chat);
        WriteLogprobs(chat);
        WriteFormat(chat, unsaid);
        WriteModalities(chat, unsaid);
        WriteThinking(chat, unsaid);
        json.WriteEndObject();
    }

    private void WriteNumber(ParsedChat chat, string theirs, string ours)
    {
        if (chat[theirs]?.Require(theirs, JsonValueKind.Number) is not { } value)
            return;

        json.WritePropertyName(ours);
        value.WriteTo(json);
    }

    private void WriteChoices(ChatRequest request)
    {
        if (request.Choices > MostChoices)
            throw ChatJson.Wrong("n", FormattableString.Invariant($"{request.Choices}"), $"at most {MostChoices} for this provider");
        if (request.Choices > 1)
            json.WriteNumber("candidateCount", request.Choices);
    }

    private void WriteStop(ParsedChat chat)
    {
        if (chat.Stop.Count == 0)
            return;

        if (chat.Stop.Count > MostStops)
            throw ChatJson.Wrong("stop", FormattableString.Invariant($"{chat.Stop.Count} sequences"), $"at most {MostStops} for this provider");

        json.WriteStartArray("stopSequences");
        foreach (var stop in chat.Stop)
            json.WriteStringValue(stop);
        json.WriteEndArray();
    }

    // Google's is of 32 bits.
    private void WriteSeed(ParsedChat chat)
    {
        if (chat["seed"]?.Require("seed", JsonValueKind.Number) is not { } seed)
            return;

        if (!seed.TryGetInt32(out var value))
            throw ChatJson.Wrong("seed", seed.GetRawText(), $"an integer from {int.MinValue} to {int.MaxValue} for this provider");
        json.WriteNumber("seed", value);
    }

    private void WriteLogprobs(ParsedChat chat)
    {
        if (chat["logprobs"] is not { ValueKind: JsonValueKind.True })
            return;

        json.WriteBoolean("responseLogprobs", true);
        WriteNumber(chat, "top_logprobs", "logprobs");
    }

    private void WriteFormat(ParsedChat chat, UnsaidParams unsaid)
    {
        if (chat.Format is not { } format)
            return;

        if (format.Schema is not null && model.Can("supports_response_schema") == false)
            unsaid.Refuse("response_format.type", "the model does not keep to a schema; json_object or text are what it knows.");

        json.WriteString("responseMimeType", "application/json");
        if (format.Schema is not { } schema)
            return;

        if (style.JsonSchemas)
        {
            json.WritePropertyName("responseJsonSchema");
            JsonSchemas.Write(json, schema);
        }
        else if (OpenApiSchema.Convert(schema) is { } converted)
        {
            json.WritePropertyName("responseSchema");
            converted.WriteTo(json);
        }
    }

    private void WriteModalities(ParsedChat chat, UnsaidParams unsaid)
    {
        if (chat["modalities"]?.Require("modalities", JsonValueKind.Array) is not { } modalities)
            return;

        json.WriteStartArray("responseModalities");
        foreach (var (index, item) in modalities.EnumerateArray().Index())
        {
            var word = item.Require($"modalities[{index}]", JsonValueKind.String).GetString();
            json.WriteStringValue(word switch
            {
                "text" => "TEXT",
                "image" => "IMAGE",
                "audio" => "AUDIO",
                _ => throw ChatJson.Wrong($"modalities[{index}]", word, "text, image or audio"),
            });
        }

        json.WriteEndArray();
        if (modalities.EnumerateArray().Any(item => item.IsText("audio")))
            WriteSpeech(chat, unsaid);
    }

    // What Gemini speaks is always PCM of 16 bits and 24 kHz, which is OpenAI's pcm16; wav is the same with a head.
    private void WriteSpeech(ParsedChat chat, UnsaidParams unsaid)
    {
        if (chat["audio"]?.Require("audio", JsonValueKind.Object) is not { } audio)
            return;

        if (audio.Text("format", "audio.format") is { } format && format != "pcm16"
            && (format != "wav" || chat["stream"] is { ValueKind: JsonValueKind.True }))
            unsaid.Refuse("audio.format", $"this provider speaks pcm16, and wav without a stream, but not '{format}'.");
        if (audio.Text("voice", "audio.voice") is not { } voice)
            return;

        json.WriteStartObject("speechConfig");
        json.WriteStartObject("voiceConfig");
        json.WriteStartObject("prebuiltVoiceConfig");
        json.WriteString("voiceName", voice);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteThinking(ParsedChat chat, UnsaidParams unsaid)
    {
        var thinks = model.Can("supports_reasoning");
        if (chat.ReasoningEffort is not { } effort)
        {
            if (thinks != true || !style.AsksForThoughts)
                return;

            json.WriteStartObject("thinkingConfig");
            json.WriteBoolean("includeThoughts", true);
            json.WriteEndObject();
            return;
        }

        if (thinks == false)
        {
            if (effort != "none")
                unsaid.Add("reasoning_effort", "the model does not reason.");
            return;
        }

        var budget = model.Number($"thinking_budget_{effort}");
        var level = model.Word($"thinking_level_{effort}");
        if (budget is null && level is null)
            throw ChatJson.Wrong("reasoning_effort", effort, "none, minimal, low, medium, high, xhigh or max");

        json.WriteStartObject("thinkingConfig");
        if (effort != "none")
            json.WriteBoolean("includeThoughts", true);
        if (budget is { } tokens)
            json.WriteNumber("thinkingBudget", tokens);
        else
            json.WriteString("thinkingLevel", level);
        json.WriteEndObject();
    }
}
