namespace CleanGateway.Domain.RequestLogs;

/// <summary>
/// How much of what was said the log keeps. That a call was made, by whom, to which model, how it ended, what it used
/// and what it cost is always kept. Written to the database in snake case.
/// </summary>
public enum ContentPolicy
{
    /// <summary>Requests and answers as they were.</summary>
    Full,

    /// <summary>No bodies.</summary>
    Metadata,

    /// <summary>Nothing that the caller has written but the model's name: no bodies, headers, query, ids or end user either.</summary>
    None,
}
