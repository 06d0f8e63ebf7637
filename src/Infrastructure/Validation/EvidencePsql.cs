using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence.Embedded;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>The database as psql shows it, by the queries that the source documents print.</summary>
/// <param name="url">Null: there is none to ask.</param>
internal sealed class EvidencePsql(DatabaseUrl? url)
{
    private const string Requests = "SELECT id, created_at, request_id, route, model, status_code FROM requests ORDER BY created_at DESC LIMIT 3;";

    private const string Join =
        "SELECT r.id AS resp_id, r.created_at, r.latency_ms, req.request_id, req.model FROM responses r "
        + "JOIN requests req ON r.request_id_fk=req.id ORDER BY r.created_at DESC LIMIT 3;";

    private const string Responses =
        "SELECT id, created_at, request_id_fk, status_code, latency_ms, response_model, prompt_tokens, completion_tokens, total_tokens, cost "
        + "FROM responses ORDER BY created_at DESC LIMIT 3;";

    /// <exception cref="StartException">There is no psql.</exception>
    public static async Task RequireAsync(CancellationToken cancellationToken)
    {
        try
        {
            await VersionAsync(cancellationToken);
        }
        catch (StartException missing)
        {
            throw new StartException(
                "--evidence needs psql, which was not found: install it (Debian, Ubuntu: apt-get install postgresql-client)", missing);
        }
    }

    public static async Task<string> VersionAsync(CancellationToken cancellationToken) =>
        (await Command.RunAsync("psql", ["--version"], cancellationToken)).Output.Trim();

    /// <param name="call">Whose row is shown besides; null: none.</param>
    public Task<string> RequestsAsync(RequestId? call, CancellationToken cancellationToken) => RunAsync(
        call is null
            ? [Requests]
            : [Requests, $"SELECT id, created_at, request_id, route, model, status_code FROM requests WHERE request_id = '{call}';"],
        cancellationToken);

    public Task<string> ResponsesAsync(CancellationToken cancellationToken) => RunAsync([Responses], cancellationToken);

    /// <inheritdoc cref="RequestsAsync"/>
    public Task<string> JoinAsync(RequestId? call, CancellationToken cancellationToken) => RunAsync(
        call is null
            ? [Join]
            : [Join, Join.Replace("ORDER BY r.created_at DESC LIMIT 3", $"WHERE req.request_id = '{call}'", StringComparison.Ordinal)],
        cancellationToken);

    private async Task<string> RunAsync(IReadOnlyList<string> queries, CancellationToken cancellationToken)
    {
        if (url is null)
            return "Not made: the private PostgreSQL of this data folder does not run";

        string[] arguments = ["-X", "-v", "ON_ERROR_STOP=1", "--echo-queries", .. queries.SelectMany(query => new[] { "-c", query })];
        var run = await Command.RunAsync(
            "psql", arguments, input: null, cancellationToken, [("PGCONNECT_TIMEOUT", "10"), .. url.ReadOnly().ToLibpqVariables()]);
        return run.Output + run.Errors;
    }
}
