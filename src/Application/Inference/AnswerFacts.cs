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

    /// <summary>What it says was used; null when it says nothing of that.</summary>
    public UsageReport? Usage { get; init; }

    /// <summary>The stretch to cut out so that the usage was never there; null when it is not, or cannot be taken out.</summary>
    public JsonSlice? UsageMember { get; init; }

    /// <summary>Where the value of a top-level <c>error</c> stands; null when there is none, or it is null.</summary>
    public JsonSlice? ErrorAt { get; init; }
}
