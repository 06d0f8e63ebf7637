namespace CleanGateway.Infrastructure.Journal;

/// <summary>
/// The places on a record's way where dying does the most harm. In the product nothing happens there; tests put another
/// implementation into a process of their own.
/// </summary>
internal interface IFaultPoints
{
    /// <summary>Called each time one of the places is reached, on whatever thread does the work.</summary>
    void Reach(FaultPoint point);
}

internal enum FaultPoint
{
    /// <summary>A call wants to go upstream; nothing is written of it.</summary>
    BeforeAccept,

    /// <summary>Its ACCEPT is written, and nothing has been sent.</summary>
    Accepted,

    /// <summary>The provider has answered; its COMPLETE is not written.</summary>
    BeforeComplete,

    /// <summary>Its COMPLETE is written; the caller has not seen the end.</summary>
    Completed,

    /// <summary>A batch is about to be written to the database.</summary>
    BeforeCommit,

    /// <summary>A batch is in the database, and the spool does not know.</summary>
    Committed,

    /// <summary>A batch is settled; what it alone needed may have been deleted.</summary>
    Settled,

    /// <summary>At a start, when the spool has been read and nothing has been done about it.</summary>
    Recovered,

    /// <summary>At a start, before the end of a call that died is written.</summary>
    BeforeCrashed,
}

internal sealed class NoFaults : IFaultPoints
{
    public void Reach(FaultPoint point) { }
}
