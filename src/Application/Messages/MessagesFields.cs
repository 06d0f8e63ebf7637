using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Messages;

/// <summary>The fields of a request of Anthropic's API that the gateway understands, read in one pass.</summary>
internal sealed class MessagesFields
{
    public string? Model { get; private set; }
    public JsonSlice ModelAt { get; private set; }
    public int FirstMemberAt { get; private set; }
    public long? MaxTokens { get; private set; }
    public JsonSlice? MaxTokensAt { get; private set; }
    public JsonSlice MessagesAt { get; private set; }
    public JsonSlice? SystemAt { get; private set; }
    public JsonSlice? ToolsAt { get; private set; }
    public long? ThinkingBudget { get; private set; }
    public JsonSlice? ThinkingBudgetAt { get; private set; }
    public bool Stream { get; private set; }
    public string? User { get; private set; }
    public string? ServiceTier { get; private set; }
    public string? Speed { get; private set; }
    public bool MaySearch { get; private set; }

    /// <summary>The most searches that all tools for them may make together.</summary>
    public int MostSearches { get; private set; }
    public bool HasServerTools { get; private set; }

    private bool hasMessages;

    /// <param name="json">Valid JSON.</param>
    public GatewayError? Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return GatewayError.Invalid("The request body must be a JSON object.", code: "invalid_type");

        FirstMemberAt = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (ReadMember(ref reader) is { } error)
                return error;
        }

        return null;
    }

    public GatewayError? Missing(bool needsCap) =>
        Model is null ? Fields.Missing("model")
        : needsCap && MaxTokens is null ? Fields.Missing("max_tokens")
        : !hasMessages ? Fields.Missing("messages")
        : null;

    private GatewayError? ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.Says("model"u8))
            return ReadModel(ref reader);
        if (reader.Says("messages"u8))
            return ReadMessages(ref reader);
        if (reader.Says("max_tokens"u8))
            return ReadMaxTokens(ref reader);
        if (reader.Says("system"u8))
            return ReadSystem(ref reader);
        if (reader.Says("tools"u8))
            return ReadTools(ref reader);
        if (reader.Says("stream"u8))
            return ReadStream(ref reader);
        if (reader.Says("metadata"u8))
            return ReadMetadata(ref reader);
        if (reader.Says("thinking"u8))
            return ReadThinking(ref reader);
        if (reader.Says("service_tier"u8))
            return ReadServiceTier(ref reader);
        if (reader.Says("speed"u8))
            return ReadSpeed(ref reader);
        if (reader.Says("mcp_servers"u8))
            return ReadMcpServers(ref reader);
        return Fields.Skip(ref reader);
    }

    private GatewayError? ReadModel(ref Utf8JsonReader reader)
    {
        var error = Fields.String(ref reader, "model", out var model);
        (Model, ModelAt) = (model, JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed));
        if (error is not null || model is null)
            return error;

        return model.Length is 0 or > InferenceRequest.MaxModelLength
            ? GatewayError.Invalid(
                $"Invalid 'model': it has {model.Length} characters, allowed are 1 to {InferenceRequest.MaxModelLength}.", "model", "invalid_value")
            : null;
    }

    private GatewayError? ReadMessages(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            return reader.TokenType == JsonTokenType.Null ? null : Fields.WrongType(ref reader, "messages", "an array of messages");

        var start = reader.TokenStartIndex;
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                return Fields.WrongType(ref reader, $"messages[{count}]", "an object");

            reader.Skip();
            count++;
        }

        (hasMessages, MessagesAt) = (true, JsonSlice.Between(start, reader.BytesConsumed));
        return count == 0
            ? GatewayError.Invalid("Invalid 'messages': the array is empty, at least one message is needed.", "messages", "empty_array")
            : null;
    }

    // None at all is allowed: it only has the prompt written to the provider's cache.
    private GatewayError? ReadMaxTokens(ref Utf8JsonReader reader)
    {
        var error = Fields.Integer(ref reader, "max_tokens", 0, int.MaxValue, out var cap);
        (MaxTokens, MaxTokensAt) = (cap, JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed));
        return error;
    }

    private GatewayError? ReadSystem(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.StartArray))
            return Fields.WrongType(ref reader, "system", "a string or an array of text blocks");

        var start = reader.TokenStartIndex;
        reader.Skip();
        SystemAt = JsonSlice.Between(start, reader.BytesConsumed);
        return null;
    }

    private GatewayError? ReadTools(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.StartArray)
            return Fields.WrongType(ref reader, "tools", "an array of tools");

        var start = reader.TokenStartIndex;
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                return Fields.WrongType(ref reader, $"tools[{count}]", "an object");
            if (ReadTool(ref reader, $"tools[{count++}].type") is { } error)
                return error;
        }

        ToolsAt = JsonSlice.Between(start, reader.BytesConsumed);
        return null;
    }

    // Those without a type, or with "custom", are the caller's own.
    private GatewayError? ReadTool(ref Utf8JsonReader reader, string name)
    {
        string? type = null;
        var mostUses = InferenceRequest.UsualSearches;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("max_uses"u8))
                mostUses = ReadMostUses(ref reader);
            else if (!reader.Says("type"u8))
                Fields.Skip(ref reader);
            else if (Fields.String(ref reader, name, out type) is { } error)
                return error;
        }

        HasServerTools |= type is not (null or "custom");
        if (type?.StartsWith("web_search", StringComparison.Ordinal) ?? false)
            (MaySearch, MostSearches) = (true, (int)Math.Min((long)MostSearches + mostUses, int.MaxValue));
        return null;
    }

    // A limit that is none the provider refuses.
    private static int ReadMostUses(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetInt32(out var most) && most >= 0 ? most : int.MaxValue;

        reader.Skip();
        return InferenceRequest.UsualSearches;
    }

    private GatewayError? ReadStream(ref Utf8JsonReader reader)
    {
        var error = Fields.Boolean(ref reader, "stream", out var stream);
        Stream = stream ?? false;
        return error;
    }

    private GatewayError? ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TokenType == JsonTokenType.Null ? null : Fields.WrongType(ref reader, "metadata", "an object");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.Says("user_id"u8))
            {
                Fields.Skip(ref reader);
                continue;
            }

            if (Fields.String(ref reader, "metadata.user_id", out var user) is { } error)
                return error;
            User = user;
        }

        return null;
    }

    private GatewayError? ReadThinking(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TokenType == JsonTokenType.Null ? null : Fields.WrongType(ref reader, "thinking", "an object");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.Says("budget_tokens"u8))
            {
                Fields.Skip(ref reader);
                continue;
            }

            if (Fields.Integer(ref reader, "thinking.budget_tokens", 0, int.MaxValue, out var budget) is { } error)
                return error;
            (ThinkingBudget, ThinkingBudgetAt) = (budget, JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed));
        }

        return null;
    }

    private GatewayError? ReadServiceTier(ref Utf8JsonReader reader)
    {
        var error = Fields.String(ref reader, "service_tier", out var tier);
        ServiceTier = tier;
        return error;
    }

    private GatewayError? ReadSpeed(ref Utf8JsonReader reader)
    {
        var error = Fields.String(ref reader, "speed", out var speed);
        Speed = speed;
        return error;
    }

    // What lies behind them comes into the prompt like what a tool of the provider's finds.
    private GatewayError? ReadMcpServers(ref Utf8JsonReader reader)
    {
        reader.Read();
        HasServerTools |= reader.TokenType == JsonTokenType.StartArray;
        reader.Skip();
        return null;
    }
}
