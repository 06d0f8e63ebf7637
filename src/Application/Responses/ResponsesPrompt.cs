using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;

namespace CleanGateway.Application.Responses;

/// <summary>
/// The most tokens that the input of a response can be, by the measures of <see cref="PromptBound"/>. Only items and parts
/// that are known here are taken for what they are.
/// </summary>
internal static class ResponsesPrompt
{
    // In the array of items: members of an item; members of the parts of its content, output or summary.
    private const int ItemMember = 2;
    private const int PartMember = 4;

    /// <param name="body">The whole request, valid JSON.</param>
    /// <param name="input">Where its input stands; null when there is none.</param>
    /// <param name="continuesElsewhere">Part of the prompt is not in the request.</param>
    /// <param name="mostInput">What the model takes; null when not known.</param>
    public static PromptBound Bound(ReadOnlySpan<byte> body, JsonSlice? input, bool hasTools, bool continuesElsewhere, long? mostInput)
    {
        var tokens = body.Length + PromptBound.Overhead + (hasTools ? PromptBound.ToolsOverhead : 0);
        var (elsewhere, audio, pictures) = (continuesElsewhere, false, false);
        var reader = new Utf8JsonReader(
            input is { } at ? body.Slice(at.Start, at.Length) : "null"u8, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;

            var depth = reader.CurrentDepth;
            if (reader.Says("type"u8))
            {
                reader.Read();
                elsewhere |= depth is ItemMember or PartMember && !IsKnownType(ref reader);
                audio |= reader.TokenType == JsonTokenType.String && reader.Says("input_audio"u8);
            }
            else if (reader.Says("image_url"u8))
            {
                reader.Read();
                (tokens, pictures) = (tokens + PromptBound.TokensPerPicture, true);

                // Deeper, or shallower, no picture stands.
                if (depth is > ItemMember and <= PartMember && reader.TokenType == JsonTokenType.String && reader.ValueSpan.StartsWith("data:"u8))
                    tokens -= reader.ValueSpan.Length;
            }
            else if (reader.Says("file_data"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                    tokens += (long)reader.ValueSpan.Length * (PromptBound.TokensPerDocumentByte - 1);
            }
            else if (reader.Says("file_id"u8) || reader.Says("file_url"u8))
            {
                reader.Read();
                elsewhere |= reader.TokenType != JsonTokenType.Null;
            }
        }

        return PromptBound.Within(tokens, elsewhere, audio, pictures, mostInput);
    }

    // What names something that lies at the provider, and what is not known here, can be anything.
    private static bool IsKnownType(ref Utf8JsonReader type) => type.TextOrNull() is
        "message" or "function_call" or "function_call_output" or "custom_tool_call" or "custom_tool_call_output" or "reasoning"
        or "computer_call" or "computer_call_output" or "local_shell_call" or "local_shell_call_output" or "apply_patch_call"
        or "apply_patch_call_output" or "web_search_call" or "input_text" or "input_image" or "input_audio" or "input_file" or "output_text"
        or "refusal" or "summary_text" or "reasoning_text" or "computer_screenshot";
}
