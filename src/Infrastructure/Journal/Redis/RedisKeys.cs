namespace CleanGateway.Infrastructure.Journal.Redis;

/// <summary>The keys of the journal in Redis. Those of an owner carry its name: one gateway, from its start to its end.</summary>
internal static class RedisKeys
{
    /// <summary>List of completed calls that wait for the database, the newest first.</summary>
    public const string Logs = "gateway:logs";

    /// <summary>List of completed calls that the database will not have.</summary>
    public const string Quarantined = "gateway:logs:quarantined";

    /// <summary>Sorted set of owners, by a number that each counts up for as long as it lives.</summary>
    public const string Owners = "gateway:owners";

    /// <summary>List of completed calls that an owner is writing to the database.</summary>
    public static string Processing(string owner) => $"gateway:logs:processing:{owner}";

    /// <summary>Hash of the calls that an owner has under way, by request id.</summary>
    public static string Accepted(string owner) => $"gateway:accepted:{owner}";

    /// <summary>Hash of how far those have come.</summary>
    public static string Progress(string owner) => $"gateway:progress:{owner}";

    /// <summary>Is there when a call was given up for dead, so that its owner, should it live after all, does not end it twice.</summary>
    public static string Crashed(string requestId) => $"gateway:crashed:{requestId}";
}
