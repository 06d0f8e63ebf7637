namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Keeps writing to the ledger and declaring what is not in it yet apart: a call must never be in both, nor in neither.
/// Held to the end of the transaction.
/// </summary>
internal static class BookLock
{
    // Any number that nothing else in the database uses for this.
    private const string Key = "7205759403792794";

    /// <summary>For whoever writes ledger lines: any number at a time.</summary>
    public const string Shared = $"SELECT pg_advisory_xact_lock_shared({Key})";

    /// <summary>For whoever declares calls that are not in the ledger: alone.</summary>
    public const string Exclusive = $"SELECT pg_advisory_xact_lock({Key})";
}
