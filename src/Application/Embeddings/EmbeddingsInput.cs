using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Embeddings;

/// <summary>What is to be turned into vectors, as far as the gateway has to know it.</summary>
/// <param name="At">Where the value of <c>input</c> stands.</param>
/// <param name="Form">Which of the four forms it has.</param>
/// <param name="Count">How many vectors it makes.</param>
/// <param name="Bytes">Of all texts, as they are written; 0 for tokens.</param>
/// <param name="Tokens">Tokens that came as numbers; 0 for texts.</param>
public readonly record struct EmbeddingsInput(JsonSlice At, EmbeddingsInputForm Form, int Count, long Bytes, long Tokens)
{
    /// <summary>OpenAI's own limit.</summary>
    public const int MaxItems = 2048;

    /// <param name="reader">On the name <c>input</c>.</param>
    internal static GatewayError? Read(ref Utf8JsonReader reader, out EmbeddingsInput? input)
    {
        input = null;
        reader.Read();
        var start = reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;

            case JsonTokenType.String:
                input = new EmbeddingsInput(JsonSlice.Between(start, reader.BytesConsumed), EmbeddingsInputForm.Text, 1, reader.ValueSpan.Length, 0);
                return reader.ValueSpan.IsEmpty ? EmptyText("input") : null;

            case JsonTokenType.StartArray:
                var error = ReadItems(ref reader, out var items);
                input = items with { At = JsonSlice.Between(start, reader.BytesConsumed) };
                return error;

            default:
                return WrongType(ref reader, "input");
        }
    }

    private static GatewayError? ReadItems(ref Utf8JsonReader reader, out EmbeddingsInput items)
    {
        items = default;
        EmbeddingsInputForm? form = null;
        var (count, bytes, tokens) = (0, 0L, 0L);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            EmbeddingsInputForm? itemForm = reader.TokenType switch
            {
                JsonTokenType.String => EmbeddingsInputForm.Texts,
                JsonTokenType.Number => EmbeddingsInputForm.Tokens,
                JsonTokenType.StartArray => EmbeddingsInputForm.TokenLists,
                _ => null,
            };
            if (itemForm is null || itemForm != (form ??= itemForm))
                return WrongType(ref reader, $"input[{count}]");

            switch (form)
            {
                case EmbeddingsInputForm.Texts when reader.ValueSpan.IsEmpty:
                    return EmptyText($"input[{count}]");
                case EmbeddingsInputForm.Texts:
                    bytes += reader.ValueSpan.Length;
                    break;
                case EmbeddingsInputForm.Tokens when !IsToken(ref reader):
                    return NoToken($"input[{count}]");
                case EmbeddingsInputForm.Tokens:
                    tokens++;
                    break;
                case EmbeddingsInputForm.TokenLists:
                    if (ReadTokens(ref reader, count, ref tokens) is { } error)
                        return error;
                    break;
            }

            count++;
        }

        if (count == 0)
            return EmptyArray("input");

        var vectors = form == EmbeddingsInputForm.Tokens ? 1 : count;
        items = new EmbeddingsInput(default, form!.Value, vectors, bytes, tokens);
        return vectors <= MaxItems
            ? null
            : GatewayError.Invalid($"Invalid 'input': the array has {vectors} items, allowed are {MaxItems}.", "input", "array_above_max_length");
    }

    private static GatewayError? ReadTokens(ref Utf8JsonReader reader, int item, ref long tokens)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!IsToken(ref reader))
                return NoToken($"input[{item}][{count}]");

            count++;
        }

        tokens += count;
        return count == 0 ? EmptyArray($"input[{item}]") : null;
    }

    private static bool IsToken(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var token) && token is >= 0 and <= int.MaxValue;

    private static GatewayError NoToken(string name) =>
        GatewayError.Invalid($"Invalid '{name}': expected a token, an integer from 0 to {int.MaxValue}.", "input", "invalid_value");

    private static GatewayError EmptyText(string name) => GatewayError.Invalid($"Invalid '{name}': the text is empty.", "input", "invalid_value");

    private static GatewayError EmptyArray(string name) => GatewayError.Invalid($"Invalid '{name}': the array is empty.", "input", "empty_array");

    private static GatewayError WrongType(ref Utf8JsonReader reader, string name) =>
        Fields.WrongType(ref reader, name, "a string, an array of strings, an array of tokens or an array of arrays of tokens, all items alike")
            with { Param = "input" };
}

/// <summary>The forms in which texts are sent.</summary>
public enum EmbeddingsInputForm
{
    /// <summary>One string.</summary>
    Text,

    /// <summary>An array of strings.</summary>
    Texts,

    /// <summary>One text as an array of tokens.</summary>
    Tokens,

    /// <summary>An array of such arrays.</summary>
    TokenLists,
}
