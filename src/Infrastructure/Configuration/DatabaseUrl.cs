using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>
/// Where PostgreSQL is, as a <c>postgres://</c> URL in libpq's form (PostgreSQL documentation, 34.1.1.2). Prints
/// without the password.
/// </summary>
public sealed class DatabaseUrl
{
    public const string Form = "postgres://user:password@host:port/database?sslmode=…";

    private const int DefaultPort = 5432;
    private readonly string url;
    private readonly NpgsqlConnectionStringBuilder connection;

    private DatabaseUrl(string url, NpgsqlConnectionStringBuilder connection, IReadOnlyList<(string Name, string Value)> parameters)
    {
        this.url = url;
        this.connection = connection;
        Parameters = parameters;
    }

    public string Host => connection.Host!;
    public int Port => connection.Port;
    public string Database => connection.Database!;
    public string User => connection.Username!;
    public string? Password => connection.Password;

    /// <summary>What stands behind the question mark, names as libpq knows them.</summary>
    public IReadOnlyList<(string Name, string Value)> Parameters { get; }

    /// <summary>The URL with its password, for programs that connect by it.</summary>
    public string Reveal() => url;

    /// <summary>The same without its password, for people to use: the password comes from <c>PGPASSWORD</c> or a password file then.</summary>
    public string WithoutPassword()
    {
        var host = Host.Contains(':') ? $"[{Host}]" : Host;
        var harmless = Parameters.Where(parameter => parameter.Name != "sslpassword").Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}");
        var query = string.Join('&', harmless);
        return FormattableString.Invariant(
            $"postgres://{Uri.EscapeDataString(User)}@{host}:{Port}/{Uri.EscapeDataString(Database)}{(query.Length > 0 ? "?" : "")}{query}");
    }

    /// <summary>As libpq's programs read it from the environment, password included.</summary>
    public IEnumerable<(string Name, string Value)> ToLibpqVariables() => LibpqVariables.Of(this);

    /// <summary>
    /// The same for sessions that the server keeps from writing anything; as it is where it has <c>options</c> of its own.
    /// </summary>
    internal DatabaseUrl ReadOnly()
    {
        if (Parameters.Any(parameter => parameter.Name == "options"))
            return this;

        var more = $"{url}{(url.Contains('?') ? '&' : '?')}options={Uri.EscapeDataString("-c default_transaction_read_only=on")}";
        return TryParse(more, out var readOnly) ? readOnly : this;
    }

    /// <summary>A fresh copy, to be completed with pool sizes and deadlines.</summary>
    public NpgsqlConnectionStringBuilder ToConnectionString() => new(connection.ConnectionString);

    public override string ToString() => $"postgres://{Uri.EscapeDataString(User)}:***@{Host}:{Port}/{Uri.EscapeDataString(Database)}";

    public static DatabaseUrl For(string host, int port, string user, string password, string database)
    {
        var url = FormattableString.Invariant(
            $"postgres://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@{host}:{port}/{Uri.EscapeDataString(database)}?sslmode=disable");
        return TryParse(url, out var parsed) ? parsed : throw new ArgumentException(WhatIsWrong(url));
    }

    public static bool TryParse(string text, [MaybeNullWhen(false)] out DatabaseUrl url) => Read(text, out url) is null;

    /// <summary>What a text that is no such URL lacks; without the text itself, which may hold a password.</summary>
    public static string WhatIsWrong(string text) => Read(text, out _) ?? "nothing";

    private static string? Read(string text, out DatabaseUrl? url)
    {
        url = null;
        if (!text.StartsWith("postgres://", StringComparison.Ordinal) && !text.StartsWith("postgresql://", StringComparison.Ordinal))
            return "it does not begin with postgres://";
        if (Uri.UnescapeDataString(text).Contains('\0'))
            return "it contains the character NUL";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Fragment.Length > 0 || uri.Port == 0)
            return "its host, port or password cannot be read; special characters have to be percent-encoded";

        var (user, password) = uri.UserInfo.Split(':', 2) is [var name, var secret] ? (name, secret) : (uri.UserInfo, null);
        var database = uri.AbsolutePath.TrimStart('/');
        if (uri.Host.Length == 0)
            return "it names no host";
        if (user.Length == 0)
            return "it names no user";
        if (database.Length == 0 || database.Contains('/'))
            return "it names no database";

        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Trim('[', ']'),
            Port = uri.Port < 0 ? DefaultPort : uri.Port,
            Username = Uri.UnescapeDataString(user),
            Password = password is null ? null : Uri.UnescapeDataString(password),
            Database = Uri.UnescapeDataString(database),
            SslMode = SslMode.Prefer,
        };

        var parameters = new List<(string, string)>();
        foreach (var parameter in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = parameter.Split('=', 2) is [var left, var right] ? (left, Uri.UnescapeDataString(right)) : (parameter, "");
            if (!TrySet(connection, key, value, out var allowed))
            {
                return allowed is null
                    ? $"its parameter '{key}' is not known; known are {string.Join(", ", KnownParameters)}"
                    : $"its {key} is '{value}'; allowed are {allowed}";
            }

            parameters.Add((key, value));
        }

        // As libpq does: who names an authority wants it checked (PostgreSQL documentation, 34.19.1).
        if (connection is { SslMode: SslMode.Require, RootCertificate: not null })
            connection.SslMode = SslMode.VerifyCA;

        url = new DatabaseUrl(text, connection, parameters);
        return null;
    }

    private static readonly string[] KnownParameters =
    [
        "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "channel_binding", "connect_timeout", "application_name", "options",
    ];

    private static bool TrySet(NpgsqlConnectionStringBuilder connection, string name, string value, out string? allowed)
    {
        allowed = null;
        switch (name)
        {
            case "sslmode":
                allowed = "disable, allow, prefer, require, verify-ca, verify-full";
                return TryMap(value, SslModes, mode => connection.SslMode = mode);
            case "channel_binding":
                allowed = "disable, prefer, require";
                return TryMap(value, ChannelBindings, binding => connection.ChannelBinding = binding);
            case "connect_timeout":
                allowed = "seconds from 1 to 600";
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 600)
                    return false;
                connection.Timeout = seconds;
                return true;
            case "sslrootcert":
                connection.RootCertificate = value;
                return true;
            case "sslcert":
                connection.SslCertificate = value;
                return true;
            case "sslkey":
                connection.SslKey = value;
                return true;
            case "sslpassword":
                connection.SslPassword = value;
                return true;
            case "application_name":
                connection.ApplicationName = value;
                return true;
            case "options":
                connection.Options = value;
                return true;
            default:
                return false;
        }
    }

    private static readonly Dictionary<string, SslMode> SslModes = new(StringComparer.Ordinal)
    {
        ["disable"] = SslMode.Disable,
        ["allow"] = SslMode.Allow,
        ["prefer"] = SslMode.Prefer,
        ["require"] = SslMode.Require,
        ["verify-ca"] = SslMode.VerifyCA,
        ["verify-full"] = SslMode.VerifyFull,
    };

    private static readonly Dictionary<string, ChannelBinding> ChannelBindings = new(StringComparer.Ordinal)
    {
        ["disable"] = ChannelBinding.Disable,
        ["prefer"] = ChannelBinding.Prefer,
        ["require"] = ChannelBinding.Require,
    };

    private static bool TryMap<T>(string value, Dictionary<string, T> known, Action<T> set)
    {
        if (!known.TryGetValue(value, out var mapped))
            return false;

        set(mapped);
        return true;
    }
}
