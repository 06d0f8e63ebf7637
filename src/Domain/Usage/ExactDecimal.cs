using System.Globalization;

namespace CleanGateway.Domain.Usage;

/// <summary>
/// Numbers that stand for money, read and written without losing a digit: a decimal that cannot hold one would round it,
/// a very small one to nothing.
/// </summary>
public static class ExactDecimal
{
    /// <param name="text">As JSON writes numbers; exponents are understood.</param>
    /// <returns>False also for a number that a decimal cannot hold exactly.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out decimal value) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
        && Split(text) is { } asked && asked == Split(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The shortest way to write it without an exponent: equal numbers have equal text.</summary>
    public static string Write(decimal value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        return text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    // Digits without zeros around them, and the power of ten of the last one; null where that power is beyond counting.
    private static (string Digits, bool IsNegative, int Exponent)? Split(ReadOnlySpan<char> text)
    {
        var exponent = 0;
        if (text.IndexOfAny('e', 'E') is >= 0 and var mark)
        {
            if (!int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
                return null;

            text = text[..mark];
        }

        var isNegative = text.StartsWith('-');
        var point = text.IndexOf('.');
        var digits = text.ToString().Replace(".", "", StringComparison.Ordinal).TrimStart('-', '+', '0');
        var trimmed = digits.TrimEnd('0');
        if (trimmed.Length == 0)
            return ("", false, 0);

        var decimals = point < 0 ? 0 : text.Length - point - 1;
        return (trimmed, isNegative, exponent - decimals + digits.Length - trimmed.Length);
    }
}
