using System.Text.Json;

namespace CleanGateway.Application.Common;

/// <summary>Comparing with what callers and providers wrote, which is JSON but not always text.</summary>
internal static class JsonNames
{
    /// <summary>The reader is on this name or string. One with half of a surrogate pair in it is no name of ours.</summary>
    public static bool Says(this ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueTextEquals(text);

        try
        {
            return reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The string or name the reader is on; null for what is none, or has half of a surrogate pair in it.</summary>
    public static string? TextOrNull(this ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            return null;

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
