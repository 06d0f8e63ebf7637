using System.Text;
using System.Text.Json;

namespace CleanGateway.Domain.RequestLogs;

/// <summary>
/// A request or response body as the log keeps it: valid JSON always, exactly the bytes that went over the wire
/// whenever those were JSON.
/// </summary>
/// <param name="Json">Null when there is nothing to keep.</param>
/// <param name="Form">How to read <paramref name="Json"/>.</param>
public sealed record LoggedBody(ReadOnlyMemory<byte>? Json, BodyForm Form)
{
    public static LoggedBody None { get; } = new(null, BodyForm.None);

    /// <summary>
    /// There was a body, and it is not kept: by <see cref="ContentPolicy"/>, too large to be read, or listing what the
    /// tables already say.
    /// </summary>
    public static LoggedBody Omitted { get; } = new(null, BodyForm.Omitted);

    /// <param name="json">Known to be valid JSON.</param>
    public static LoggedBody Exact(ReadOnlyMemory<byte> json) => new(json, BodyForm.Json);

    /// <summary>Put together from the pieces of a stream; JSON, but not the very bytes that were sent.</summary>
    public static LoggedBody Assembled(ReadOnlyMemory<byte> json) => new(json, BodyForm.Assembled);

    /// <summary>Bytes that are not JSON, wrapped so that they are: as text where they are text, else as base64.</summary>
    public static LoggedBody Wrapped(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return None;

        try
        {
            return new(WrappedText(StrictUtf8.GetString(bytes)), BodyForm.Text);
        }
        catch (DecoderFallbackException)
        {
            return InBase64(bytes);
        }
    }

    /// <summary>The same bytes as base64, which no database objects to.</summary>
    public LoggedBody InSafeForm() => Json is { } bytes ? InBase64(bytes.Span) : this;

    private static LoggedBody InBase64(ReadOnlySpan<byte> bytes) =>
        new(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["base64"] = Convert.ToBase64String(bytes) }), BodyForm.Base64);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static byte[] WrappedText(string text) =>
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["text"] = text });
}

/// <summary>Written to the database in snake case.</summary>
public enum BodyForm
{
    /// <summary>No body.</summary>
    None,

    /// <summary>The exact bytes.</summary>
    Json,

    /// <summary>One <c>chat.completion</c> made of a stream's chunks.</summary>
    Assembled,

    /// <summary><c>{"text": …}</c>: it was not JSON.</summary>
    Text,

    /// <summary><c>{"base64": …}</c>: it was not even text.</summary>
    Base64,

    /// <summary>Not kept.</summary>
    Omitted,
}
