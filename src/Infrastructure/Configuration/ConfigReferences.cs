using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>
/// What stands in a <c>config.yaml</c> for a value that is kept elsewhere: <c>${NAME}</c>, a variable of the environment, and
/// <c>${file:PATH}</c>, a file. <c>$${</c> is a plain <c>${</c>; any other dollar sign is one.
/// </summary>
internal static partial class ConfigReferences
{
    private const string FilePrefix = "file:";
    private const int MaxFileBytes = 64 * 1024;

    public static bool AreIn(string text) => Reference().IsMatch(text);

    /// <param name="value">The text with what its references lead to.</param>
    /// <param name="problem">What is wrong, in words that follow a setting's name; never what a reference leads to.</param>
    public static bool TryResolve(
        string text, IReadOnlyDictionary<string, string> environment, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? problem)
    {
        string? wrong = null;
        value = Reference().Replace(text, reference =>
        {
            if (reference.Value == "$$")
                return "$";

            var found = Find(reference.Groups["to"], environment, out var why);
            wrong ??= why;
            return found ?? "";
        });
        problem = wrong;
        if (wrong is not null)
            value = null;

        return value is not null;
    }

    private static string? Find(Group reference, IReadOnlyDictionary<string, string> environment, out string? problem)
    {
        problem = null;
        if (reference.Success && reference.Value.StartsWith(FilePrefix, StringComparison.Ordinal))
            return ReadFile(reference.Value[FilePrefix.Length..], environment, out problem);

        if (!reference.Success || !VariableName().IsMatch(reference.Value))
            problem = "has a ${ that is no reference: expected ${NAME} or ${file:PATH}, and $${ for a plain ${";
        else if (environment.GetValueOrDefault(reference.Value) is { Length: > 0 } value)
            return value;
        else
            problem = $"refers to ${{{reference.Value}}}, which is not set in the environment";

        return null;
    }

    private static string? ReadFile(string path, IReadOnlyDictionary<string, string> environment, out string? problem)
    {
        problem = null;
        if (path.Length == 0)
            problem = "refers to a file without a path: expected ${file:PATH}";
        else if (!Path.IsPathRooted(path) && environment.GetValueOrDefault(KnownSettings.CredentialsDirectory.Name) is not { Length: > 0 })
            problem = $"refers to the credential {path}, and CREDENTIALS_DIRECTORY is not set in the environment: systemd sets it for its services";
        if (problem is not null)
            return null;

        // Combined with a path from the root it is that path.
        var file = Path.Combine(environment.GetValueOrDefault(KnownSettings.CredentialsDirectory.Name) ?? "", path);
        try
        {
            var bytes = File.ReadAllBytes(file);
            if (bytes.Length <= MaxFileBytes && Utf8.IsValid(bytes))
                return Encoding.UTF8.GetString(bytes).TrimEnd('\r', '\n');

            problem = $"refers to the file {file}, which is no text of up to {MaxFileBytes / 1024} KiB";
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = $"refers to the file {file}, which is not there";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problem = $"refers to the file {file}, which cannot be read: {unreadable.Message}";
        }

        return null;
    }

    // Two dollars count only before a brace, so that a password may have them.
    [GeneratedRegex(@"\$\$(?=\{)|\$\{((?<to>[^{}]*)\})?", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariableName();
}
