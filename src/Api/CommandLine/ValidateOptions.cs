using System.CommandLine;
using System.Globalization;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Validation;

namespace CleanGateway.Api.CommandLine;

/// <summary>The options of <c>cleangateway validate</c>, and what is taken where they are not given.</summary>
internal sealed class ValidateOptions
{
    private const int MaxCalls = 100_000;
    private const int MaxDays = 3660;
    private const string DemoKeyFile = "demo.key";
    private const string AdminTokenFile = "admin.token";

    private readonly Option<string?> baseUrl = new("--base-url")
    {
        Description = "Where the gateway takes calls, for example https://gateway.example.com. Without: the local gateway of the settings",
    };

    private readonly Option<string?> databaseUrl = new("--database-url")
    {
        Description =
            "Its database; a role that may only read will do. Without: DATABASE_URL, else the private PostgreSQL. "
            + "The password is best left to PGPASSWORD",
    };

    private readonly Option<string?> keyFile = new("--api-key-file")
    {
        Description = "A file with the key to call with. Without: API_KEY, API_KEY_FILE, else DATA_DIR/demo.key for a gateway of this machine",
    };

    private readonly Option<string?> tokenFile = new("--admin-token-file")
    {
        Description =
            "A file with an admin token, any role. Without: ADMIN_TOKEN, ADMIN_TOKEN_FILE, else DATA_DIR/admin.token for a gateway of this machine",
    };

    private readonly Option<string> model = new("--model")
    {
        Description = "The model to call; others than echo cost what they cost", DefaultValueFactory = _ => "echo",
    };

    private readonly Option<string> calls = new("--calls")
    {
        Description = "How many calls are made to measure; 0: none", DefaultValueFactory = _ => "200",
    };

    private readonly Option<string> days = new("--days")
    {
        Description = "How many days of the log are looked through for orphans; 0: all there are", DefaultValueFactory = _ => "7",
    };

    private readonly Option<string> overhead = new("--overhead-ms")
    {
        Description = "Milliseconds that logging may cost a call", DefaultValueFactory = _ => "5",
    };

    private readonly Option<string> patience = new("--patience")
    {
        Description = "Seconds until a row that is not there counts as missing", DefaultValueFactory = _ => "10",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[baseUrl, databaseUrl, keyFile, tokenFile, model, calls, days, overhead, patience])
            command.Options.Add(option);
    }

    /// <exception cref="StartException">One is wrong, or what they need is not there.</exception>
    public async Task<ValidationTarget> ReadAsync(ParseResult parsed, GatewaySettings settings, CancellationToken cancellationToken)
    {
        var (count, span) = ((int)Number(parsed, calls, 0, MaxCalls, whole: true), (int)Number(parsed, days, 0, MaxDays, whole: true));
        var (limit, wait) = (Number(parsed, overhead, 0.001, 60_000, whole: false), Number(parsed, patience, 0.1, 3600, whole: false));
        var url = BaseUrl(parsed, settings);
        var (database, ofSettings) = await DatabaseAsync(parsed, settings, cancellationToken);
        var (key, inShell) = Secret(parsed, keyFile, "API_KEY", url.IsLoopback ? Path.Combine(settings.DataDirectory, DemoKeyFile) : null)
            ?? throw new StartException(
                "There is no key to call with: --api-key-file FILE, API_KEY or API_KEY_FILE names one "
                + "(`cleangateway keys issue validation` makes one)"
                + (url.IsLoopback ? $"; {Path.Combine(settings.DataDirectory, DemoKeyFile)} is not there" : ""));
        var token = Secret(parsed, tokenFile, "ADMIN_TOKEN", url.IsLoopback ? Path.Combine(settings.DataDirectory, AdminTokenFile) : null);
        return new ValidationTarget
        {
            BaseUrl = url,
            Database = database,
            DatabaseOfSettings = ofSettings,
            ApiKey = key,
            ApiKeyInShell = inShell,
            AdminToken = token?.Secret,
            Model = parsed.GetRequiredValue(model),
            Calls = count,
            Days = span,
            OverheadTargetMs = limit,
            Patience = TimeSpan.FromSeconds(wait),
        };
    }

    private Uri BaseUrl(ParseResult parsed, GatewaySettings settings)
    {
        if (parsed.GetValue(baseUrl) is not { } given)
        {
            if (settings.HttpPort == 0)
                throw new StartException("GATEWAY_HTTP_PORT is 0, any free port: --base-url says which one the gateway has");

            var host = settings.HttpHost.Equals(System.Net.IPAddress.Any) || settings.HttpHost.Equals(System.Net.IPAddress.IPv6Any)
                ? "127.0.0.1"
                : settings.HttpHost.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                    ? $"[{settings.HttpHost}]"
                    : settings.HttpHost.ToString();
            return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{host}:{settings.HttpPort}/"));
        }

        if (!Uri.TryCreate(given, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            throw new StartException("--base-url: expected http://host:port or https://host");
        if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
            throw new StartException("--base-url: expected an address without user, password, query or fragment");
        if (url.AbsolutePath.TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal))
            throw new StartException($"--base-url is {given}: expected it without /v1");

        return new Uri(url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/");
    }

    private async Task<(DatabaseUrl? Url, bool OfSettings)> DatabaseAsync(
        ParseResult parsed, GatewaySettings settings, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(databaseUrl) is not { } given)
            return (await CommandDatabase.FindAsync(settings, cancellationToken), true);
        if (!DatabaseUrl.TryParse(given, out var url))
            throw new StartException($"--database-url is not valid ({DatabaseUrl.WhatIsWrong(given)}): expected {DatabaseUrl.Form}");

        if (url.Password is { Length: > 0 })
        {
            await Console.Error.WriteLineAsync(
                "Warning: every user of this machine can see the password in --database-url; DATABASE_URL or PGPASSWORD keep it out of sight");
        }

        return (url, false);
    }

    // Never the value of an argument: every process of a machine can read those of another. What belongs to a gateway of
    // this machine is given to no other.
    private static (string Secret, string InShell)? Secret(ParseResult parsed, Option<string?> file, string variable, string? usual)
    {
        if (parsed.GetValue(file) is { } named)
            return (Read(file.Name, named), $"$(cat {named})");
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            return (Single(variable, value.Trim()), $"${variable}");
        if (Environment.GetEnvironmentVariable($"{variable}_FILE") is { Length: > 0 } path)
            return (Read($"{variable}_FILE", path), $"$(cat {path})");

        return usual is not null && File.Exists(usual) ? (Read("DATA_DIR", usual), $"$(cat {usual})") : null;
    }

    private static string Read(string what, string path)
    {
        try
        {
            var secret = File.ReadAllText(path).Trim();
            return secret.Length > 0 ? Single($"{what}: the file {path}", secret) : throw new StartException($"{what}: the file {path} is empty");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartException($"{what}: {unreadable.Message}", unreadable);
        }
    }

    // It goes into a header, whose own complaint would quote it.
    private static string Single(string where, string secret) => secret.All(letter => letter is > ' ' and < '\u007F')
        ? secret
        : throw new StartException(
            $"{where} has something else than one key or token: expected one line of ASCII characters, no spaces between them");

    private static double Number(ParseResult parsed, Option<string> option, double least, double most, bool whole)
    {
        var given = parsed.GetRequiredValue(option);
        var style = whole ? NumberStyles.None : NumberStyles.AllowDecimalPoint;
        return double.TryParse(given, style, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new StartException(string.Create(
                CultureInfo.InvariantCulture, $"{option.Name} is '{given}': expected a{(whole ? " whole" : "")} number from {least} to {most}"));
    }
}
