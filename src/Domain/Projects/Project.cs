using CleanGateway.Domain.Usage;

namespace CleanGateway.Domain.Projects;

public readonly record struct ProjectId(Guid Value);

/// <summary>Several API keys that share limits and budgets: a team, a product, a customer.</summary>
public sealed class Project
{
    public const int MaxNameLength = 200;

    private Project() { }

    public ProjectId Id { get; private init; }
    public string Name { get; private set; } = "";

    /// <summary>The keys of a project that is not enabled open nothing.</summary>
    public bool Enabled { get; private set; }

    /// <summary>What all its keys together may use; each key's own limits hold besides.</summary>
    public UsageLimits Limits { get; private set; } = UsageLimits.None;
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Another one after each change of the row.</summary>
    public uint Version { get; private init; }

    public static Project Create(string name, UsageLimits limits, DateTimeOffset now) => new()
    {
        Id = new ProjectId(Guid.CreateVersion7(now)),
        Name = name,
        Enabled = true,
        Limits = limits,
        CreatedAt = now,
    };

    /// <summary>The project as the database has it.</summary>
    public static Project Load(ProjectId id, string name, bool enabled, UsageLimits limits, DateTimeOffset createdAt) => new()
    {
        Id = id,
        Name = name,
        Enabled = enabled,
        Limits = limits,
        CreatedAt = createdAt,
    };

    public void Rename(string name) => Name = name;

    public void Limit(UsageLimits limits) => Limits = limits;

    public void Enable(bool enabled) => Enabled = enabled;
}
