namespace CleanGateway.Application.Telemetry;

/// <summary>Whether the operator has asked for prompts and answers in traces.</summary>
public interface IContentCapture
{
    /// <summary>Of keys whose content policy is full; of others they are never there.</summary>
    bool IsOn { get; }
}
