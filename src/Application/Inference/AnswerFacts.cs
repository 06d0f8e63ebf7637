using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Inference;

/// <summary>What the gateway has to know of an answer, or of one event of it.</summary>
public readonly record struct AnswerFacts
{
    /// <summary>It has what an answer of its API cannot be without, a chat's <c>choices</c> for example.</summary>
    public bool IsAnswer { get; init; }

    /// <summary>It has a piece of what the model says.</summary>
    public bool HasOutput { get; init; }
    public string? Model { get; init; }

    /// <summary>The name that an event gives itself, in APIs whose events have names.</summary>
    public string? Name { get; init; }

    /// <summary>What it says was used; null when it says nothing of that.</summary>
    public UsageReport? Usage { get; init; }

    /// <summary>What an event says of the usage in APIs that tell it in pieces; null when it says nothing of that.</summary>
    public UsagePart? UsagePart { get; init; }

    /// <summary>The stretch to cut out so that the usage was never there; null when it is not, or cannot be taken out.</summary>
    public JsonSlice? UsageMember { get; init; }

    /// <summary>The same where a server tells it in another place, perhaps once more.</summary>
    public JsonSlice? OtherUsageMember { get; init; }

    /// <summary>Where it says what went wrong: the value of <c>error</c>, mostly; null when nothing did.</summary>
    public JsonSlice? ErrorAt { get; init; }

    /// <summary>
    /// It says of itself that the answer has failed, in a form that callers of its API know; before anything was answered it
    /// is an error all the same.
    /// </summary>
    public bool HasFailed { get; init; }

    /// <summary>The event says that nothing follows it.</summary>
    public bool IsLast { get; init; }

    /// <summary>What has to be changed for the caller's library to understand it; null for nearly all of them.</summary>
    public JsonEdits? Repairs { get; init; }
}
