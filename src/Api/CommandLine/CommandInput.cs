using System.CommandLine;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary>What commands are given besides words: JSON, and secrets, which are never arguments: every process of a machine can read those of another.</summary>
internal static class CommandInput
{
    private const int MaxBytes = 1024 * 1024;
    private const string StandardInput = "-";

    /// <exception cref="StartException">It is no JSON object; the message shows nothing of it.</exception>
    public static JsonElement Object(ReadOnlyMemory<byte> utf8, string what)
    {
        if (StrictJson.Check(utf8.Span, what) is { } wrong)
            throw new StartException(wrong.Message);

        using var document = JsonDocument.Parse(utf8);
        try
        {
            CanonicalJson.Write(document.RootElement);
        }
        catch (Exception half) when (half is InvalidOperationException or ArgumentException)
        {
            throw new StartException($"{what} holds half of a surrogate pair", half);
        }

        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement.Clone()
            : throw new StartException($"{what} is no JSON object");
    }

    /// <summary>An option that takes a JSON object.</summary>
    public static JsonElement? Object(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } given ? Object(System.Text.Encoding.UTF8.GetBytes(given), option.Name) : null;

    /// <param name="path">A file, or <c>-</c> for standard input.</param>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var input = path == StandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
            using var bytes = new MemoryStream();
            var buffer = new byte[16 * 1024];
            while (await input.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                bytes.Write(buffer, 0, read);
                if (bytes.Length > MaxBytes)
                    throw new StartException($"{path} has more than {MaxBytes} bytes");
            }

            return bytes.ToArray();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"{StorableText.Safe(path)} cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>A secret on standard input, without the line's end.</summary>
    public static async Task<string> ReadSecretAsync(CancellationToken cancellationToken)
    {
        var text = System.Text.Encoding.UTF8.GetString((await ReadAsync(StandardInput, cancellationToken)).Span).TrimEnd('\r', '\n');
        return text.Length > 0 ? text : throw new StartException("There is nothing on standard input: expected the key");
    }
}
