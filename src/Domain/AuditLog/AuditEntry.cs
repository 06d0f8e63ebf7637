namespace CleanGateway.Domain.AuditLog;

/// <summary>One change of the configuration, as the audit log keeps it: who, what, when, from where. Never changed again.</summary>
public sealed class AuditEntry
{
    private AuditEntry() { }

    public long Id { get; private init; }
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary><c>admin_token</c>, <c>command_line</c> or <c>gateway</c>.</summary>
    public string ActorKind { get; private init; } = "";

    /// <summary>The admin token's id; null for others.</summary>
    public Guid? ActorId { get; private init; }
    public string ActorName { get; private init; } = "";

    /// <summary>Where the request came from; null outside of one.</summary>
    public string? Address { get; private init; }

    /// <summary>The <c>X-Request-ID</c> of the request; null outside of one.</summary>
    public string? RequestId { get; private init; }

    /// <summary>What was asked for, <c>issue_api_key</c> for example.</summary>
    public string Action { get; private init; } = "";

    /// <summary><c>api_key</c>, <c>provider</c> and so on.</summary>
    public string TargetType { get; private init; } = "";

    /// <summary>Null: the change was of several at one time.</summary>
    public string? TargetId { get; private init; }
    public string? TargetName { get; private init; }

    /// <summary>The columns that were changed.</summary>
    public IReadOnlyList<string> Changed { get; private init; } = [];

    /// <summary>Lower-case hex SHA-256 of the row before; null: there was none.</summary>
    public string? BeforeHash { get; private init; }

    /// <summary>The same of the row after; null: there is none any more.</summary>
    public string? AfterHash { get; private init; }

    /// <summary>Why, as the operator said.</summary>
    public string? Reason { get; private init; }

    public static AuditEntry Record(AuditedBy by, AuditedChange change, DateTimeOffset now) => new()
    {
        CreatedAt = now,
        ActorKind = by.Kind,
        ActorId = by.Id,
        ActorName = by.Name,
        Address = by.Address,
        RequestId = by.RequestId,
        Action = by.Action,
        Reason = by.Reason,
        TargetType = change.TargetType,
        TargetId = change.TargetId,
        TargetName = change.TargetName,
        Changed = change.Columns,
        BeforeHash = change.BeforeHash,
        AfterHash = change.AfterHash,
    };
}

/// <inheritdoc cref="AuditEntry"/>
public sealed record AuditedBy(string Kind, Guid? Id, string Name, string? Address, string? RequestId, string Action, string? Reason);

/// <inheritdoc cref="AuditEntry"/>
public sealed record AuditedChange(
    string TargetType, string? TargetId, string? TargetName, IReadOnlyList<string> Columns, string? BeforeHash = null, string? AfterHash = null);
