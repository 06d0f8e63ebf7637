using System.Buffers;
using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>Says a chat as a request of the Messages API.</summary>
internal sealed partial class AnthropicChatRequest(
    ChatRequest request, ParsedChat chat, InferenceTarget target, ClaudeTraits traits, AnthropicSurface surface, AnthropicMessages messages,
    UnsaidParams unsaid)
{
    private const int LongestUser = 256;

    private static readonly FrozenSet<string> Said = new[]
    {
        "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop", "tools", "functions", "tool_choice", "function_call",
        "parallel_tool_calls", "response_format", "reasoning_effort", "thinking", "n", "service_tier", "web_search_options",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly AnswerForm form = AnswerForm.For(chat, traits, unsaid);

    /// <summary>The tool whose arguments are the answer; null where the answer is text. Set by <see cref="Write"/>.</summary>
    public string? AnswerTool => form.How == AnswerForm.Way.Tool ? form.ToolName : null;

    /// <exception cref="GatewayException">What the caller has written that cannot be.</exception>
    public ReadOnlyMemory<byte> Write()
    {
        if (request.Choices > 1)
            unsaid.Refuse("n", "Claude gives one answer to a call.");

        var tools = new AnthropicTools(chat, traits, surface, form, unsaid);
        var cap = OutputCap();
        var thinking = ThinkingPlan.For(chat, traits, cap, tools.ForcesTool, messages.LacksThoughts, unsaid);

        var buffer = new ArrayBufferWriter<byte>(request.Body.Length + 512);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            if (surface.ModelInBody)
                json.WriteString("model", target.UpstreamModel);
            surface.WriteTo(json, beta: null);
            json.WriteNumber("max_tokens", cap);
            if (request.Stream && surface.StreamInBody)
                json.WriteBoolean("stream", true);
            WriteSampling(json, thinking);
            WriteStop(json);
            thinking.WriteThinking(json);
            WriteOutput(json, thinking);
            WriteUser(json);
            WriteServiceTier(json);
            messages.WriteSystem(json, form.Instruction);
            messages.WriteMessages(json);
            tools.WriteTo(json);
            json.WriteEndObject();
        }

        unsaid.AddOthers(chat, Said);
        return buffer.WrittenMemory;
    }

    // Required there, and more than the model's most is refused.
    private long OutputCap()
    {
        var asked = request.MaxTokens ?? traits.UsualOutput;
        return traits.MostOutput is { } most ? Math.Min(asked, most) : asked;
    }

    private void WriteSampling(Utf8JsonWriter json, ThinkingPlan thinking)
    {
        var temperature = Number("temperature");
        var topP = Number("top_p");
        var topK = Number("top_k");
        var hasTemperature = temperature is not null;
        if (temperature is { } given && (!given.TryGetDouble(out var degree) || degree is < 0 or > 2))
            throw ChatJson.Wrong("temperature", given.GetRawText(), "a number from 0 to 2");

        // One is what they are without being said.
        if (temperature is { } usual && usual.IsNumber(1))
            temperature = null;
        if (topP is { } all && all.IsNumber(1))
            topP = null;

        if (!traits.Sampling || thinking.IsAsked)
        {
            LeaveOut("temperature", temperature);
            LeaveOut("top_p", topP);
            LeaveOut("top_k", topK);
            return;
        }

        if (temperature is { } value)
            WriteTemperature(json, value);
        if (topP is not null && temperature is not null)
            unsaid.AddDropped("top_p");   // newer models refuse both together
        else if (topP is not null)
            WriteRaw(json, "top_p", topP.Value);
        else if (hasTemperature && temperature is null)
            json.WriteNumber("temperature", 1);
        if (topK is not null)
            WriteRaw(json, "top_k", topK.Value);

        void LeaveOut(string name, JsonElement? left)
        {
            if (left is null)
                return;
            if (traits.Sampling)
                unsaid.AddDropped(name);   // thinking has the say
            else
                unsaid.Add(name, "the model takes no sampling parameters. Leave it out, or set drop_params for the key or the model.");
        }
    }

    // OpenAI's scale goes on to 2, Anthropic's ends at 1.
    private void WriteTemperature(Utf8JsonWriter json, JsonElement value)
    {
        if (value.GetDouble() <= 1)
        {
            WriteRaw(json, "temperature", value);
            return;
        }

        json.WriteNumber("temperature", 1);
        unsaid.AddDropped("temperature");
    }

    private void WriteStop(Utf8JsonWriter json)
    {
        var stops = chat.Stop.Where(stop => !string.IsNullOrWhiteSpace(stop)).ToList();
        if (stops.Count < chat.Stop.Count)
            unsaid.AddDropped("stop");
        if (stops.Count == 0)
            return;

        json.WriteStartArray("stop_sequences");
        stops.ForEach(json.WriteStringValue);
        json.WriteEndArray();
    }

    private void WriteOutput(Utf8JsonWriter json, ThinkingPlan thinking)
    {
        if (thinking.Effort is null && form.How != AnswerForm.Way.Native)
            return;

        json.WriteStartObject("output_config");
        if (thinking.Effort is not null)
            json.WriteString("effort", thinking.Effort);
        if (form is { How: AnswerForm.Way.Native, Schema: { } schema })
        {
            json.WriteStartObject("format");
            json.WriteString("type", "json_schema");
            json.WritePropertyName("schema");
            ClaudeSchema.Write(json, schema);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    // An opaque id is wanted there, and nobody's address or number.
    private void WriteUser(Utf8JsonWriter json)
    {
        if (request.User is not { Length: > 0 and <= LongestUser } user || user.Contains('@') || LooksLikePhone().IsMatch(user))
            return;

        json.WriteStartObject("metadata");
        json.WriteString("user_id", user);
        json.WriteEndObject();
    }

    private void WriteServiceTier(Utf8JsonWriter json)
    {
        if (request.ServiceTier is null or "auto")
            return;
        if (request.ServiceTier != "default")
            unsaid.Add("service_tier");
        else if (surface.HasServiceTiers)
            json.WriteString("service_tier", "standard_only");
    }

    private JsonElement? Number(string name) => chat[name]?.Require(name, JsonValueKind.Number);

    private static void WriteRaw(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    [GeneratedRegex(@"^\+?[0-9 ().\-/]{7,20}$")]
    private static partial Regex LooksLikePhone();
}
