using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Admission;

/// <summary>
/// Lets calls through as far as their key, and the key's project, may still use something. What a call may cost is held
/// from here on, so that calls at the same time never spend more together than each of them was allowed.
/// </summary>
public interface IAdmission
{
    /// <param name="model">The catalogue's name of it, for errors.</param>
    /// <returns>Null when the call may go on; <see cref="ClientCall.Admittance"/> then has what it holds, if anything.</returns>
    ValueTask<GatewayError?> AdmitAsync(ClientCall call, string model, CallNeeds needs, CancellationToken cancellationToken);
}

/// <summary>What a call may come to, worked out before it is made.</summary>
/// <param name="EstimatedTokens">What it counts as in limits of tokens until its usage is known.</param>
/// <param name="Cost">Null when the model has no price.</param>
/// <param name="OutputCap">The most tokens that each choice may have; null when nothing says so.</param>
public sealed record CallNeeds(long EstimatedTokens, CostBound? Cost, long? OutputCap);

/// <summary>A call's place among those of its key. Whoever admitted it takes it back once, whatever comes of the call.</summary>
public abstract class Admittance
{
    /// <summary>What the answer of each choice has to be capped at; null when the call goes out as it came.</summary>
    public long? OutputCap { get; protected init; }

    /// <summary>The call has ended. Does not throw: what cannot be told now is told later.</summary>
    /// <param name="cost">What it cost.</param>
    /// <param name="tokens">What it used; null when that is not known, and then it is what it counted as.</param>
    public abstract ValueTask SettleAsync(Money cost, long? tokens);

    /// <summary>The call was not made. Does not throw.</summary>
    public abstract ValueTask ReleaseAsync();
}

/// <summary>What a caller is told of its limits, in headers.</summary>
public sealed record Allowance
{
    /// <summary>Null where requests are not limited.</summary>
    public WindowLeft? Requests { get; init; }

    /// <summary>Null where tokens are not limited.</summary>
    public WindowLeft? Tokens { get; init; }

    /// <summary>What is neither spent nor held of the tightest budget; null where there is none.</summary>
    public Money? BudgetLeft { get; init; }

    /// <summary>The soft budget that has been reached.</summary>
    public Money? SoftBudgetReached { get; init; }

    /// <summary>The output cap that was put in or lowered.</summary>
    public long? OutputCap { get; init; }

    /// <summary>Limits are not kept exactly now, because what counts them for all gateways is away.</summary>
    public bool IsDegraded { get; init; }
}

/// <summary>How a sliding window stands.</summary>
/// <param name="Reset">Until it is as empty as if nobody had called.</param>
public readonly record struct WindowLeft(long Limit, long Remaining, TimeSpan Reset);
