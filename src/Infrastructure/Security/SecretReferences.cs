using System.Text.RegularExpressions;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Security;

/// <summary>
/// Secrets that are kept somewhere else: <c>env://NAME</c> is a variable of the gateway's environment, <c>file:///path</c>
/// a file in a folder that the operator has set apart. Only the reference is stored; it is followed whenever the
/// configuration is read. The gateway's own secrets are out of its reach: what it leads to is sent to a provider.
/// </summary>
/// <param name="environment">A variable of the environment; null: it is not set.</param>
internal sealed partial class SecretReferences(GatewaySettings settings, MasterKeys masterKeys, Func<string, string?> environment)
{
    /// <summary>The folder that systemd puts a service's credentials into (systemd.exec(5), LoadCredential=).</summary>
    private const string SystemdFolder = "CREDENTIALS_DIRECTORY";
    /// <summary>The code of the error where a reference leads to nothing that can be used.</summary>
    public const string Unresolved = "reference_unresolved";

    private const int MaxBytes = 64 * 1024;
    private const int MostLinks = 40;

    public static bool IsReference(string? text) =>
        text is not null && (text.StartsWith("env://", StringComparison.Ordinal) || text.StartsWith("file://", StringComparison.Ordinal));

    /// <summary>Whether it is one that could be followed: by its form and its name, without looking whether anything is there.</summary>
    /// <param name="member">Whose value it is, for the message.</param>
    /// <exception cref="GatewayException">It could not; the message says why.</exception>
    public static void Check(string reference, string member) => Target(reference, member);

    /// <summary>What it leads to now.</summary>
    /// <inheritdoc cref="Check"/>
    /// <exception cref="GatewayException">It leads nowhere, or where it must not; the message names the reference, never the content.</exception>
    public string Resolve(string reference, string member)
    {
        var (variable, path) = Target(reference, member);
        var text = path is not null ? ReadFile(path, reference, member)
            : (variable == KnownSettings.OpenAiApiKey.Name ? settings.OpenAiApiKey : environment(variable!))
                ?? throw Wrong(reference, member, "the variable is not set in the gateway's environment");

        // However it came there.
        return masterKeys.AreIn(text)
            ? throw Wrong(reference, member, "it leads to the gateway's own master key")
            : text;
    }

    private static (string? Variable, string? Path) Target(string reference, string member)
    {
        if (VariableReference().Match(reference) is { Success: true } variable)
            return (Allowed(variable.Groups["name"].Value, reference, member), null);

        return Uri.TryCreate(reference, UriKind.Absolute, out var url) && url is { Scheme: "file", Host: "", Query: "", Fragment: "", UserInfo: "" }
            && !url.LocalPath.Contains('\0') && url.LocalPath.StartsWith('/')
            ? (null, Path.GetFullPath(url.LocalPath))
            : throw Wrong(reference, member, "it has no such form: expected env://NAME or file:///path");
    }

    // The settings hold the gateway's own secrets, and PG… those of its database. The key for a provider is what it is for.
    private static string Allowed(string name, string reference, string member) =>
        name != KnownSettings.OpenAiApiKey.Name
        && (KnownSettings.All.Any(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) || name.StartsWith("PG", StringComparison.OrdinalIgnoreCase))
            ? throw Wrong(reference, member, "that is a setting of the gateway's own")
            : name;

    private string ReadFile(string path, string reference, string member)
    {
        try
        {
            var real = RealPath(path);
            if (!Folders().Select(RealPath).Any(folder => IsWithin(real, folder)))
                throw Wrong(reference, member, $"files may be read only from the folder in {KnownSettings.SecretsDirectory.Name}, and from systemd's {SystemdFolder}");
            if (IsWithin(real, RealPath(settings.DataDirectory)) || (settings.MasterKeyFile is { } own && real == RealPath(Path.GetFullPath(own))))
                throw Wrong(reference, member, "the gateway's own files are not read");

            // Devices and pipes have no length, and are not opened.
            return new FileInfo(real) switch
            {
                { Exists: false } => throw Wrong(reference, member, "there is no such file"),
                { Length: 0 } => throw Wrong(reference, member, "the file is empty"),
                { Length: > MaxBytes } => throw Wrong(reference, member, $"the file has more than {MaxBytes} bytes"),
                _ => File.ReadAllText(real).TrimEnd('\r', '\n'),
            };
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw Wrong(reference, member, "the file cannot be read");
        }
    }

    private IEnumerable<string> Folders() => new[] { settings.SecretsDirectory, environment(SystemdFolder) }.OfType<string>().Where(Path.IsPathRooted);

    private static bool IsWithin(string path, string folder) =>
        path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // Every part of the way may be a link, not only its end.
    private static string RealPath(string path)
    {
        var links = 0;
        var ahead = new Stack<string>(Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var real = "/";
        while (ahead.TryPop(out var part))
        {
            var next = Path.GetFullPath(Path.Combine(real, part));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
                throw new IOException("There are too many links on the way.");

            if (Path.IsPathRooted(target))
                real = "/";
            foreach (var step in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                ahead.Push(step);
        }

        return real;
    }

    private static GatewayException Wrong(string reference, string member, string why) =>
        new(GatewayError.Invalid($"encrypted_credentials: {member} is the reference '{StorableText.Safe(reference)}': {why}", code: Unresolved));

    [GeneratedRegex(@"\Aenv://(?<name>[A-Za-z_][A-Za-z0-9_]{0,127})\z")]
    private static partial Regex VariableReference();
}
