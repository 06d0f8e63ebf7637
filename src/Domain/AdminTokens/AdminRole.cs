namespace CleanGateway.Domain.AdminTokens;

/// <summary>What an admin token opens. In order: each role may do all that the ones before it may.</summary>
public enum AdminRole
{
    /// <summary>Sees the configuration, usage, budgets and what calls there were; not what was said in them.</summary>
    Viewer,

    /// <summary>Besides, looks after projects, API keys and their budgets.</summary>
    KeyManager,

    /// <summary>Besides, looks after providers, models and admin tokens, and reads what was said in calls.</summary>
    Admin,

    /// <summary>
    /// Besides, opens private networks to a provider, lets credentials come from files and variables of the gateway's
    /// machine, and reads the audit log.
    /// </summary>
    Owner,
}

/// <summary>How roles are written.</summary>
public static class AdminRoles
{
    private static readonly (AdminRole Role, string Name)[] All =
        [(AdminRole.Viewer, "viewer"), (AdminRole.KeyManager, "key-manager"), (AdminRole.Admin, "admin"), (AdminRole.Owner, "owner")];

    /// <summary>All of them, in order, with commas between them.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(role => role.Name));

    public static string Name(this AdminRole role) => All[(int)role].Name;

    public static bool TryParse(string? name, out AdminRole role)
    {
        var found = Array.FindIndex(All, known => known.Name == name);
        role = found < 0 ? AdminRole.Viewer : All[found].Role;
        return found >= 0;
    }
}
