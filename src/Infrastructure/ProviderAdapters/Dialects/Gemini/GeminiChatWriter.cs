using System.Buffers;
using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Writes a chat as <c>generateContent</c> takes it.</summary>
internal sealed class GeminiChatWriter(UpstreamAccount account, GeminiSurface surface, DialectServices services)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly FrozenSet<string> Said = new[]
    {
        "temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "max_tokens", "max_completion_tokens", "n", "stop", "seed",
        "logprobs", "top_logprobs", "response_format", "tools", "tool_choice", "functions", "function_call", "reasoning_effort", "modalities",
        "web_search_options",
    }.ToFrozenSet(StringComparer.Ordinal);

    public DialectRequest Write(ChatRequest request, InferenceTarget target)
    {
        if (!ParsedChat.TryRead(request, out var chat, out var error))
            return error!;

        var model = GeminiModels.Of(target);
        var style = new GeminiStyle(model.Can("supports_json_schema") ?? true, AsksForThoughts: true, Signatures: true);
        return Write(request, chat, target, model, style);
    }

    private DialectRequest Write(ChatRequest request, ParsedChat chat, InferenceTarget target, ModelCapabilities model, GeminiStyle style)
    {
        var unsaid = new UnsaidParams(target, "Gemini");
        var names = new GeminiNames(
            chat.Tools.Select(tool => tool.Name).Concat(chat.Messages.SelectMany(message => message.ToolCalls).Select(call => call.Name)));
        var body = new ArrayBufferWriter<byte>(1024);
        try
        {
            using var json = new Utf8JsonWriter(body, Relaxed);
            WriteBody(json, request, chat, names, model, style, unsaid, ThoughtOwner.Of(account, target));
        }
        catch (GatewayException wrong)
        {
            return wrong.Error;
        }

        if (unsaid.Error is { } error)
            return error;

        var reader = new GeminiChatReader(target.UpstreamModel, names, ThoughtOwner.Of(account, target), services)
        {
            Choices = request.Choices,
            WantsWave = chat["audio"]?.Given("format") is { } format && format.IsText("wav"),
            IsChargedPerQuery = model.Word("web_search_billing_unit") == "per_query",
        };
        return new UpstreamMessage(UrlFor(request, target), body.WrittenMemory, reader)
        {
            Headers = surface.HeadersFor(request.ServiceTier),
            DroppedParams = unsaid.Dropped,
            Amend = refusal => style.After(refusal) is { } other ? Write(request, chat, target, model, other).Message : null,
        };
    }

    private Uri UrlFor(ChatRequest request, InferenceTarget target) =>
        surface.UrlFor(target.UpstreamModel, request.Stream ? "streamGenerateContent?alt=sse" : "generateContent");

    private void WriteBody(
        Utf8JsonWriter json, ChatRequest request, ParsedChat chat, GeminiNames names, ModelCapabilities model, GeminiStyle style, UnsaidParams unsaid,
        ThoughtOwner owner)
    {
        json.WriteStartObject();
        var systemAsUser = model.Can("supports_system_messages") == false || chat.Messages.All(message => message.Role == ChatRole.System);
        if (!systemAsUser)
            WriteSystem(json, chat);
        var media = new GeminiMedia(surface, model);
        new GeminiContents(json, media, names, model, style, services.Thoughts, owner).Write(chat.Messages, systemAsUser);
        new GeminiTools(json, names, model, style).Write(chat, unsaid);
        new GeminiGeneration(json, model, style).Write(request, chat, unsaid);
        WriteTier(json, request, unsaid);
        json.WriteEndObject();

        // Among the tools of a request that has none, nothing is called one after another anyhow.
        foreach (var name in chat.Unsaid(Said).Where(name => name switch
        {
            "service_tier" => false,
            "parallel_tool_calls" => chat.Tools.Count > 0,
            "audio" => chat["modalities"] is null,
            _ => true,
        }))
        {
            unsaid.Add(name);
        }
    }

    private static void WriteSystem(Utf8JsonWriter json, ChatMessage[] messages)
    {
        if (messages.Length == 0)
            return;

        json.WriteStartObject("systemInstruction");
        json.WriteStartArray("parts");
        foreach (var part in messages.SelectMany(message => message.Parts))
        {
            if (part is not TextPart text)
                throw new GatewayException(ChatJson.Unsupported(part.Path, "instructions to this provider are text only."));

            json.WriteStartObject();
            json.WriteString("text", text.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSystem(Utf8JsonWriter json, ParsedChat chat) =>
        WriteSystem(json, [.. chat.Messages.Where(message => message.Role == ChatRole.System && message.Parts.Count > 0)]);

    private void WriteTier(Utf8JsonWriter json, ChatRequest request, UnsaidParams unsaid)
    {
        if (request.ServiceTier is not (null or "auto" or "default" or "flex" or "priority"))
            unsaid.Add("service_tier", $"Gemini has no tier '{request.ServiceTier}': it knows default, flex and priority.");
        else if (surface.HasTierInBody && request.ServiceTier is ("flex" or "priority"))
            json.WriteString("serviceTier", request.ServiceTier);
    }
}
