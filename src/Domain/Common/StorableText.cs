using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CleanGateway.Domain.Common;

/// <summary>Free text that callers and providers make up, as a database can store it.</summary>
public static class StorableText
{
    private const int SafeLength = 200;

    /// <summary>PostgreSQL's text has no NUL character; everything else that is text it takes.</summary>
    public static string? Of(string? text) => text?.Replace('\0', '\uFFFD');

    /// <summary>Short and without control characters.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Safe(string? text) =>
        text is null ? null : string.Concat(text.EnumerateRunes().Take(SafeLength).Select(rune => Rune.IsControl(rune) ? Rune.ReplacementChar : rune));
}
