using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Domain.Usage;

/// <summary>A line of the ledger: a call that went upstream and that the provider may bill. Never changed once written.</summary>
public sealed class UsageRecord
{
    private UsageRecord() { }

    public long Id { get; private init; }
    public string RequestId { get; private init; } = "";

    /// <summary>When the call began: it belongs to that month, however long it ran.</summary>
    public DateTimeOffset CreatedAt { get; private init; }
    public ApiKeyId ApiKeyId { get; private init; }

    /// <summary>The key's project at the time of the call.</summary>
    public ProjectId? ProjectId { get; private init; }
    public ProviderId ProviderId { get; private init; }
    public string Model { get; private init; } = "";
    public long? PromptTokens { get; private init; }
    public long? CompletionTokens { get; private init; }
    public long? TotalTokens { get; private init; }
    public long? CachedTokens { get; private init; }
    public long? ReasoningTokens { get; private init; }

    /// <summary>JSON object of everything else that decides the cost: written caches, audio, pictures, searches, service tier.</summary>
    public string? UsageDetails { get; private init; }

    /// <summary>US dollars, exact to the nano-dollar; null with <see cref="UnpricedReason"/> when not known.</summary>
    public decimal? TotalCostUsd { get; private init; }

    /// <summary>Snake case of <see cref="Usage.UnpricedReason"/>.</summary>
    public string? UnpricedReason { get; private init; }

    /// <summary>Names the rates that were applied: <see cref="Price.Version"/>; null when there were none.</summary>
    public string? PriceVersion { get; private init; }

    /// <summary>Snake case of <see cref="Usage.UsageSource"/>; null when the tokens are not known.</summary>
    public string? UsageSource { get; private init; }

    internal static UsageRecord Of(RequestLog request, Destination billedBy, UsageReport report, Charge charge) => new()
    {
        RequestId = request.RequestId,
        CreatedAt = request.CreatedAt,
        ApiKeyId = request.ApiKey,
        ProjectId = request.Project,
        ProviderId = billedBy.ProviderId,
        Model = billedBy.Model,
        PromptTokens = report.Usage?.PromptTokens,
        CompletionTokens = report.Usage?.CompletionTokens,
        TotalTokens = report.Usage?.TotalTokens,
        CachedTokens = report.Usage?.CachedTokens,
        ReasoningTokens = report.Usage?.ReasoningTokens,
        UsageDetails = report.Usage?.Details?.ToJson(),
        TotalCostUsd = charge.Amount?.Dollars,
        PriceVersion = billedBy.Price?.Version,
        UnpricedReason = charge.Reason?.ToSnakeCase(),
        UsageSource = report.Source?.ToSnakeCase(),
    };
}
