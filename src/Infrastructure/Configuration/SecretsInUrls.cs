using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>People put passwords into URLs; what is shown of a wrong value goes without them.</summary>
internal static partial class SecretsInUrls
{
    public static string Masked(string text) => Query().Replace(UserInfo().Replace(text, "${scheme}***@"), "?***");

    [GeneratedRegex("(?<scheme>^|//)[^/@]*@")]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"\?.*$", RegexOptions.Singleline)]
    private static partial Regex Query();
}
