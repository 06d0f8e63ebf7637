namespace CleanGateway.Infrastructure.Admission.Redis;

/// <summary>The keys of the meter in Redis. A scope is a key's or a project's id.</summary>
internal static class MeterKeys
{
    /// <summary>Sorted set of the calls in the window, by microsecond.</summary>
    public static string Rate(Guid scope) => $"rate_limit:{scope}";

    /// <summary>Hash of tokens by part of the window.</summary>
    public static string Tokens(Guid scope) => $"token_limit:{scope}";

    /// <summary>Sorted set of the calls under way, by the microsecond until which they are taken for that.</summary>
    public static string Places(Guid scope) => $"concurrent:{scope}";

    /// <summary>Hash of epoch, and nano-dollars spent and reserved. Those of a month are shown in <c>cost:</c> too, in dollars.</summary>
    public static string Budget(BudgetKey budget) => $"budget:{Name(budget)}";

    /// <summary>A budget as records call it.</summary>
    public static string Name(BudgetKey budget) => $"{budget.ScopeId}:{budget.Period}";

    /// <exception cref="FormatException">It is none.</exception>
    public static BudgetKey Parse(string name) => name.Split(':', 2) is [var scope, var period]
        ? new BudgetKey(Guid.Parse(scope), period)
        : throw new FormatException($"'{name}' names no budget.");

    /// <summary>Hash of what a gateway's calls hold of budgets.</summary>
    public static string Held(Guid owner) => $"held:{owner}";

    /// <summary>The run of the server in which a gateway has joined last.</summary>
    public static string Joined(Guid gateway) => $"joined:{gateway}";

    /// <summary>When a call without budgets was admitted, where only its retry would want to know.</summary>
    public static string Admitted(string call) => $"admitted:{call}";
}
