using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>The gateway that is validated, its database, and what is asked of both.</summary>
public sealed class ValidationTarget
{
    /// <summary>Where the gateway takes calls; ends in a slash.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>Null: it is the private PostgreSQL of a data folder, and does not run.</summary>
    public DatabaseUrl? Database { get; init; }

    /// <summary>The database is the one that <c>cleangateway db psql</c> opens here.</summary>
    public bool DatabaseOfSettings { get; init; }

    public required string ApiKey { get; init; }

    /// <summary>How a shell gets at the key: <c>$API_KEY</c>, or <c>$(cat FILE)</c>.</summary>
    public required string ApiKeyInShell { get; init; }

    /// <summary>Null: what only admins may see is not looked at.</summary>
    public string? AdminToken { get; init; }

    public required string Model { get; init; }

    /// <summary>How many calls are made to measure; 0: none.</summary>
    public int Calls { get; init; } = 200;

    /// <summary>Milliseconds that a call may wait for its log records; the documents' target by default.</summary>
    public double OverheadTargetMs { get; init; } = 5;

    /// <summary>How many days of the log, today's first, are looked through; 0: all there are.</summary>
    public int Days { get; init; } = 7;

    /// <summary>How long rows may take to be in the database until they count as missing.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>It runs on this machine.</summary>
    public bool IsLocal => BaseUrl.IsLoopback;

    /// <summary>What must be in no text that is shown or kept.</summary>
    public IEnumerable<string> Secrets
    {
        get
        {
            var parameter = Database?.Parameters.FirstOrDefault(parameter => parameter.Name == "sslpassword").Value;
            var password = Database?.Password is { Length: > 0 } own ? own : Environment.GetEnvironmentVariable("PGPASSWORD");
            return new[] { ApiKey, AdminToken, password, parameter }
                .Where(secret => secret is { Length: > 0 })!;
        }
    }
}
