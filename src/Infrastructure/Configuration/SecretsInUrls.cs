using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>People put passwords into URLs; what is shown of a wrong value goes without them.</summary>
internal static partial class SecretsInUrls
{
    public static string Masked(string text) => Query().Replace(UserInfo().Replace(text, "${scheme}***@"), "?***");

    // Up to the last @: a password that was not encoded may hold slashes, question marks and at signs.
    [GeneratedRegex("^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*://|//)?.*@", RegexOptions.Singleline)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"\?.*$", RegexOptions.Singleline)]
    private static partial Regex Query();
}
