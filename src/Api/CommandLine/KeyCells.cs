using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.Common;

namespace CleanGateway.Api.CommandLine;

/// <summary>API keys as tables have them.</summary>
internal static class KeyCells
{
    /// <summary>How many columns, from the left, are no numbers.</summary>
    public const int Texts = 7;

    public static readonly IReadOnlyList<string> Header =
    [
        "id", "name", "hint", "enabled", "project", "expires_at", "models",
        "rate_limit", "tokens_per_minute", "max_concurrent", "daily_budget", "monthly_budget", "total_budget", "soft_budget",
    ];

    public static IReadOnlyList<string> Cells(ApiKeyItem key) =>
    [
        key.Id.ToString(), key.Name, key.KeyHint ?? "-", key.Enabled ? "yes" : "no", key.Project ?? "-",
        CommandMoments.TextOrNever(key.ExpiresAt), Models(key), .. Limits(key).Select(limit => limit.Value),
    ];

    public static IEnumerable<(string Name, string Value)> Members(ApiKeyItem key) =>
    [
        ("id", key.Id.ToString()),
        ("name", key.Name),
        ("key_hint", key.KeyHint ?? "-"),
        ("previous_key_expires_at", key.PreviousKeyExpiresAt is { } end ? CommandMoments.Text(end) : "-"),
        ("enabled", key.Enabled ? "yes" : "no"),
        ("project", key.Project ?? "-"),
        ("allowed_models", Models(key)),
        ("expires_at", CommandMoments.TextOrNever(key.ExpiresAt)),
        ("log_content", key.LogContent?.ToSnakeCase() ?? "-"),
        ("drop_params", key.DropParams ? "yes" : "no"),
        .. Limits(key),
        ("created_at", CommandMoments.Text(key.CreatedAt)),
    ];

    private static IEnumerable<(string Name, string Value)> Limits(ApiKeyItem key) =>
    [
        ("rate_limit", CommandOutput.Text(key.Limits.RateLimit)),
        ("tokens_per_minute", CommandOutput.Text(key.Limits.TokensPerMinute)),
        ("max_concurrent", CommandOutput.Text(key.Limits.MaxConcurrent)),
        ("daily_budget", CommandOutput.Text(key.Limits.DailyBudget)),
        ("monthly_budget", CommandOutput.Text(key.Limits.MonthlyBudget)),
        ("total_budget", CommandOutput.Text(key.Limits.TotalBudget)),
        ("soft_budget", CommandOutput.Text(key.Limits.SoftBudget)),
    ];

    private static string Models(ApiKeyItem key) => key.AllowedModels switch
    {
        null => "all",
        [] => "no model",
        var models => string.Join(",", models),
    };
}
