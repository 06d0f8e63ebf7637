using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>
/// Where PostgreSQL is, as a <c>postgres://</c> URL in libpq's form (PostgreSQL documentation, 34.1.1.2). Prints
/// without the password. Several hosts are a primary and its standbys: which of them is meant at a time,
/// <c>target_session_attrs</c> says.
/// </summary>
public sealed class DatabaseUrl
{
    public const string Form = "postgres://user:password@host:port/database?sslmode=…";

    private const int DefaultPort = 5432;
    private readonly string url;
    private readonly NpgsqlConnectionStringBuilder connection;

    private DatabaseUrl(
        string url, NpgsqlConnectionStringBuilder connection, IReadOnlyList<(string, int)> hosts, TargetSessionAttributes? target,
        IReadOnlyList<(string Name, string Value)> parameters)
    {
        this.url = url;
        this.connection = connection;
        Hosts = hosts;
        Target = target;
        Parameters = parameters;
    }

    /// <summary>In the order they are tried; usually one.</summary>
    public IReadOnlyList<(string Host, int Port)> Hosts { get; }

    /// <summary>Of the first host.</summary>
    public string Host => Hosts[0].Host;

    /// <summary>Of the first host.</summary>
    public int Port => Hosts[0].Port;

    /// <summary>Which of the hosts takes the connection (<c>target_session_attrs</c>). Null only where there is one, which does in any state.</summary>
    public TargetSessionAttributes? Target { get; }

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
        var hosts = Hosts.Select(host => FormattableString.Invariant($"{(host.Host.Contains(':') ? $"[{host.Host}]" : host.Host)}:{host.Port}"));
        var harmless = Parameters.Where(parameter => parameter.Name != "sslpassword")
            .Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}");
        var query = string.Join('&', harmless);
        return FormattableString.Invariant(
            $"postgres://{Uri.EscapeDataString(User)}@{string.Join(',', hosts)}/{Uri.EscapeDataString(Database)}{(query.Length > 0 ? "?" : "")}{query}");
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

    /// <summary>A fresh copy, to be completed with pool sizes and deadlines. <see cref="Target"/> is not in it: a data source is told apart.</summary>
    public NpgsqlConnectionStringBuilder ToConnectionString() => new(connection.ConnectionString);

    public override string ToString() =>
        $"postgres://{Uri.EscapeDataString(User)}:***@{string.Join(',', Hosts.Select(host => $"{host.Host}:{host.Port}"))}/{Uri.EscapeDataString(Database)}";

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
        if (HostByHost(text) is not [var uri, ..] uris)
            return "its host, port or password cannot be read; special characters have to be percent-encoded";

        var (user, password) = uri.UserInfo.Split(':', 2) is [var name, var secret] ? (name, secret) : (uri.UserInfo, null);
        var database = uri.AbsolutePath.TrimStart('/');
        if (uris.Any(one => one.Host.Length == 0))
            return "it names no host";
        if (user.Length == 0)
            return "it names no user";
        if (database.Length == 0 || database.Contains('/'))
            return "it names no database";

        var hosts = uris.Select(one => (Host: one.Host.Trim('[', ']'), Port: one.Port < 0 ? DefaultPort : one.Port)).ToList();
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = hosts.Count == 1 ? hosts[0].Host : string.Join(',', hosts.Select(host => $"{Bracketed(host.Host)}:{host.Port}")),
            Port = hosts[0].Port,
            Username = Uri.UnescapeDataString(user),
            Password = password is null ? null : Uri.UnescapeDataString(password),
            Database = Uri.UnescapeDataString(database),
            SslMode = SslMode.Prefer,
        };

        TargetSessionAttributes? target = null;
        var parameters = new List<(string, string)>();
        foreach (var parameter in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = parameter.Split('=', 2) is [var left, var right] ? (left, Uri.UnescapeDataString(right)) : (parameter, "");
            if (key == "target_session_attrs")
            {
                if (!TryMap(value, Targets, mapped => target = mapped))
                    return $"its {key} is '{value}'; allowed are {string.Join(", ", Targets.Keys)}";
            }
            else if (!TrySet(connection, key, value, out var allowed))
            {
                return allowed is null
                    ? $"its parameter '{key}' is not known; known are {string.Join(", ", KnownParameters)}"
                    : $"its {key} is '{value}'; allowed are {allowed}";
            }

            parameters.Add((key, value));
        }

        // libpq takes the first that answers, which after a failover may be the wrong one.
        if (hosts.Count > 1 && target is null)
            return "it names several hosts, but no target_session_attrs: read-write where rows are written, prefer-standby for reports";

        // As libpq does: who names an authority wants it checked (PostgreSQL documentation, 34.19.1).
        if (connection is { SslMode: SslMode.Require, RootCertificate: not null })
            connection.SslMode = SslMode.VerifyCA;

        url = new DatabaseUrl(text, connection, hosts, target, parameters);
        return null;
    }

    // A URL with several hosts is none by the rules of URLs: it is read as many of them. Empty where one cannot be.
    private static List<Uri> HostByHost(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = text.AsSpan(start).IndexOfAny('/', '?', '#') is >= 0 and var length ? start + length : text.Length;
        start = Math.Max(start, text.LastIndexOf('@', Math.Max(0, end - 1)) + 1);
        if (start > end)
            return [];

        var uris = new List<Uri>();
        foreach (var host in text[start..end].Split(','))
        {
            if (!Uri.TryCreate(text[..start] + host + text[end..], UriKind.Absolute, out var uri) || uri.Fragment.Length > 0 || uri.Port == 0)
                return [];
            uris.Add(uri);
        }

        return uris;
    }

    private static string Bracketed(string host) => host.Contains(':') ? $"[{host}]" : host;

    private static readonly string[] KnownParameters =
    [
        "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "channel_binding", "connect_timeout", "application_name", "options",
        "target_session_attrs",
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

    // PostgreSQL documentation, 34.1.2. "any" is not among them: it may lead to a standby or to a primary that was replaced.
    private static readonly Dictionary<string, TargetSessionAttributes> Targets = new(StringComparer.Ordinal)
    {
        ["read-write"] = TargetSessionAttributes.ReadWrite,
        ["read-only"] = TargetSessionAttributes.ReadOnly,
        ["primary"] = TargetSessionAttributes.Primary,
        ["standby"] = TargetSessionAttributes.Standby,
        ["prefer-standby"] = TargetSessionAttributes.PreferStandby,
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
