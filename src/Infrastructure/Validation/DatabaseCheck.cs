using CleanGateway.Infrastructure.Persistence;
using Npgsql;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>2: whether the database can be read, and has the schema of this version.</summary>
internal sealed class DatabaseCheck(ValidationRun run)
{
    private const string Name = "database";
    private const string Title = "database connected";
    private const int Shown = 3;

    public async Task<ValidationCheck> RunAsync(CancellationToken cancellationToken)
    {
        if (run.Log is not { } log)
            return Failed("The private PostgreSQL of this data folder does not run", ValidationAdvice.NoPrivateDatabase());

        try
        {
            var connection = await log.ConnectAsync(cancellationToken);
            run.Connection = connection;
            var seen = Describe(connection);
            if (connection.Major < Migrator.OldestServer)
                return Failed($"{seen}; {Migrator.OldestServer} or newer is needed", run.Advice.OldServer());

            var differences = await log.SchemaDifferencesAsync(cancellationToken);
            return differences.Count == 0
                ? ValidationRun.Passed(2, Name, Title, $"{seen}; the schema of this version, {Migrator.Known[^1]}")
                : Failed(
                    $"{seen}; {differences.Count} differences from this version's schema: {string.Join("; ", differences.Take(Shown))}"
                    + (differences.Count > Shown ? "; …" : ""),
                    ValidationAdvice.OtherSchema(differences));
        }
        catch (Exception failure) when (IsOfDatabase(failure))
        {
            return Failed($"{run.Target.Database}: {Reason(failure)}", run.Advice.NoDatabase(failure));
        }
    }

    /// <summary>Whether it is the database, or the way to it, that failed.</summary>
    public static bool IsOfDatabase(Exception failure) =>
        failure is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException or ArgumentException;

    public static string Reason(Exception failure) =>
        failure is PostgresException refused ? $"{refused.SqlState} {refused.MessageText}" : failure.GetBaseException().Message;

    private string Describe(ConnectionLook connection)
    {
        var database = run.Target.Database!;
        return $"PostgreSQL {connection.Version} on {database.Host}:{database.Port}, database {connection.Database}, role {connection.Role}, "
            + (connection.Scram ? "SCRAM-SHA-256" : "not by SCRAM-SHA-256") + ", " + (connection.Tls ?? "no TLS")
            + (connection.IsReplica ? ", a replica" : "");
    }

    private static ValidationCheck Failed(string seen, Advice advice) =>
        advice.On(new ValidationCheck(2, Name, Title, ValidationVerdict.Failed, seen, 0));
}
