using System.Net.Sockets;
using CleanGateway.Domain.RequestLogs;
using Npgsql;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>What usually is behind a failure, and which command shows or mends it.</summary>
internal sealed record Advice(IReadOnlyList<string> Causes, IReadOnlyList<string> Next)
{
    public ValidationCheck On(ValidationCheck check) => check with { Causes = Causes, Next = Next };
}

/// <summary>Advice with the addresses and names in use, and without secrets: commands take them from where this run did.</summary>
internal sealed class ValidationAdvice(ValidationTarget target)
{
    private const string Journal = "journalctl -u cleangateway -n 50 --no-pager";
    private const string Script = "build/deploy/database-roles.sql";
    private const string LookAtPool =
        "SELECT state, count(*) FROM pg_stat_activity WHERE application_name = 'cleangateway' GROUP BY state";

    // A release has it beside the program, wherever that is; in a checkout commands are typed at its root.
    private static string RolesScript
    {
        get
        {
            var released = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", Script));
            return File.Exists(released) ? released : Script;
        }
    }

    private string Health => $"curl -sS -i {target.BaseUrl}api/health";

    private string Call =>
        $"curl -sS -i {target.BaseUrl}v1/chat/completions -H \"Authorization: Bearer {target.ApiKeyInShell}\" -H 'Content-Type: application/json' "
        + $"-d '{{\"model\":{Quoted(target.Model)},\"messages\":[{{\"role\":\"user\",\"content\":\"hello\"}}]}}'";

    private string Host => target.Database?.Host ?? "127.0.0.1";

    public Advice NoGateway(Exception failure) => failure.GetBaseException() switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
            new([$"The name {target.BaseUrl.Host} leads nowhere: a typing error in --base-url, or DNS"], [$"getent hosts {target.BaseUrl.Host}"]),
        System.Security.Authentication.AuthenticationException => new(
            ["The certificate is not for this name, or of an authority that this machine does not know (SSL_CERT_FILE adds one)",
                "It speaks plain http there"],
            [$"curl -sSv {target.BaseUrl}health"]),
        _ when target.IsLocal => new(
            ["The gateway does not run, or ended at its start", $"It listens on another port than {target.BaseUrl.Port} (GATEWAY_HTTP_PORT)"],
            ["cleangateway serve", Journal, "cleangateway config check"]),
        _ => new(
            ["The gateway does not run",
                "It listens on 127.0.0.1 only: GATEWAY_HTTP_HOST is not set", $"A firewall between here and port {target.BaseUrl.Port}"],
            [$"curl -sSv {target.BaseUrl}health", $"On {target.BaseUrl.Host}: {Journal}"]),
    };

    public Advice OtherService() => new(
        [$"Another program has port {target.BaseUrl.Port}", "A proxy answers in its place, or takes its headers away"],
        [$"curl -sS -i {target.BaseUrl}health"]);

    public Advice NotReady() => new(
        ["It is being stopped", "Its journal cannot be written: the disk of DATA_DIR is full or gone, or Redis where LOG_BUFFER is redis"],
        [Health, Journal, "df -h"]);

    public static Advice Unwell() => new(
        ["What is not ok of database, configuration and redis: calls are answered all the same"], ["cleangateway config check", Journal]);

    public static Advice NoPrivateDatabase() => new(
        ["The gateway does not run: its private PostgreSQL runs with it", "The gateway has another DATA_DIR, or a DATABASE_URL that is not set here"],
        ["cleangateway serve", "cleangateway config check"]);

    public Advice OldServer() => new(["The server was never brought up to date"], [Psql("SELECT version()")]);

    public static Advice OtherSchema(IReadOnlyList<string> differences) =>
        differences.Any(difference => difference.EndsWith("has not been applied", StringComparison.Ordinal))
            ? new(
            [
                "The database has not been migrated to this version: a starting gateway does it, with the rights to",
                "It is another database than the gateway's",
            ],
            ["cleangateway db migrate"])
            : new(
            ["Somebody changed the schema by hand", "The gateway is of another version than this program, which may be older or newer"],
            ["cleangateway db validate"]);

    public Advice NoDatabase(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } =>
            new(["The password is wrong, or there is none: DATABASE_URL, PGPASSWORD and ~/.pgpass may have one"], [Psql("SELECT 1")]),
        PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            new(["pg_hba.conf of the server has no line for this role, database and address, or asks for TLS"], [Psql("SELECT 1")]),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            new(["The database does not exist: a typing error, or it was never made"], ["cleangateway db migrate"]),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => new(
            [$"The role {target.Database!.User} may not read the gateway's tables"],
            [$"psql -f {RolesScript} {target.Database.WithoutPassword()}"]),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn } =>
            new(["It is another database than the gateway's, or was not migrated"], ["cleangateway db migrate"]),
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } =>
            new(["All of the server's connections are in use"], [Psql("SELECT usename, count(*) FROM pg_stat_activity GROUP BY usename")]),
        PostgresException => new(["The server's log says more"], [Psql("SELECT 1")]),
        _ => new(
            [
                $"PostgreSQL does not run on {Host}, or listens elsewhere (listen_addresses, port)",
                $"A firewall between here and {Host}:{target.Database?.Port}",
                "sslmode asks for what the server does not do, or its certificate is not trusted",
            ],
            [$"pg_isready -h {Host} -p {target.Database?.Port}", Psql("SELECT 1")]),
    };

    /// <param name="status">0: there was no answer.</param>
    public Advice Refused(int status, string? code, bool ofSeries = false) => status switch
    {
        0 => new(["The gateway was stopped or started again meanwhile"], [Health, Journal]),
        401 => new(
            [$"The key ({target.ApiKeyInShell}) is not one of this gateway's: of another data folder or database, mistyped, disabled or expired"],
            ["cleangateway keys list", "cleangateway keys issue validation", Call]),
        403 => new([$"The key may not use {target.Model}: --model names one that it may"], ["cleangateway keys list", Call]),
        400 or 404 => new([$"The gateway has no model {target.Model}: --model names one that it has"], ["cleangateway models list", Call]),
        402 => new(["The budget of the key or its project is spent"], ["cleangateway keys list", Call]),
        429 when code == "429" || ofSeries => new(
            [$"The key's rate limit is lower than {target.Calls} calls in a minute, or was used up before: take a key without one, or fewer --calls",
                "The provider's own limit"],
            ["cleangateway keys list", Call]),
        429 => new(["A limit of the key, of its project, or of the provider"], ["cleangateway keys list", Call]),
        503 => new(["The log cannot be written, or the gateway is overloaded or being stopped"], [Health, Journal]),
        >= 500 => new([$"The provider of {target.Model} does not answer as it should"], ["cleangateway providers list", Call]),
        _ => new(["A proxy answers in the gateway's place"], [Call]),
    };

    public Advice OddAnswer() => new([$"The provider of {target.Model} answers in another form", "A proxy answers in its place"], [Call]);

    public Advice MissingRows(RequestId id) => new(
        [
            "It is another database than the gateway's: its DATABASE_URL names another server or another name",
            "The gateway cannot reach its database: the call is safe in its journal, and comes when it can",
            "A replica that lags behind, where --database-url names one",
        ],
        [Psql($"SELECT id, created_at, request_id FROM requests WHERE request_id = '{id}'"), Health, "cleangateway db url"]);

    public Advice OtherRow(RequestId id) =>
        new(["Something between here and the gateway changes calls"], [Psql($"SELECT * FROM requests WHERE request_id = '{id}'")]);

    public Advice LateRows() => new(
        [
            "The gateway was started just now: its first calls take longer", "The database, or the way to it, is slow or busy",
            "The database is a replica",
        ],
        [Psql(LookAtPool), "uptime"]);

    public static Advice SlowLog() => new(
        [
            "JOURNAL_DURABILITY=power waits for the disk at every call: its time is the disk's",
            "LOG_BUFFER=direct waits for the database, LOG_BUFFER=redis for Redis", "The machine is busy",
        ],
        ["cleangateway config check", "uptime"]);

    public Advice HiddenHeaders() => new(
        [
            "A proxy takes the gateway's headers out of answers, or answers itself from a cache: let X-Request-ID, X-DB-Overhead and "
            + "X-Total-Latency through, or name the gateway itself by --base-url",
        ],
        [Call]);

    public Advice FewReused() => new(
        ["The gateway was started just now, or traffic has just risen: its pool is filling",
            "A firewall, a proxy or the server ends idle connections",
            "The database was away"],
        [Psql(LookAtPool), Journal]);

    public Advice NoForeignKey() =>
        new(["Somebody dropped the constraint, or attached a partition without it"], ["cleangateway db validate", Psql("\\d+ responses")]);

    public Advice Orphans() => new(
        ["Rows were deleted or restored by hand, or while the foreign key was away (a table restored without the other, triggers switched off)"],
        [Psql(
            "SELECT r.id, r.request_created_at, r.request_id_fk FROM responses r LEFT JOIN requests q "
            + "ON q.id = r.request_id_fk AND q.created_at = r.request_created_at WHERE q.id IS NULL LIMIT 20")]);

    public static Advice BigLog(int days) => new(["The log is big, or the server busy"], [$"cleangateway validate --days {Math.Max(1, days)}"]);

    private string Psql(string sql)
    {
        var command = target.DatabaseOfSettings || target.Database is null
            ? "cleangateway db psql --"
            : $"psql '{target.Database.WithoutPassword()}'";
        return $"{command} -c \"{sql}\"";
    }

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text).Replace("'", @"'\''", StringComparison.Ordinal);
}
