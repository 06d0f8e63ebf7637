namespace CleanGateway.Domain.Usage;

/// <summary>What of a call decides the most it can cost, known before it is sent.</summary>
public readonly record struct BoundTraits
{
    /// <summary>The service tier asked for, in the caller's word; null when none was.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Answers asked for; less than one counts as one.</summary>
    public int Choices { get; init; }

    /// <summary>The prompt may have sound in it.</summary>
    public bool AudioIn { get; init; }

    /// <summary>The prompt may have pictures in it.</summary>
    public bool ImagesIn { get; init; }

    /// <summary>The answer may have sound in it.</summary>
    public bool AudioOut { get; init; }

    /// <summary>The answer may have pictures in it.</summary>
    public bool ImagesOut { get; init; }

    /// <summary>The provider may search the web.</summary>
    public bool WebSearch { get; init; }

    /// <summary>The most searches of each choice, where the provider may search; less than one counts as one.</summary>
    public int Searches { get; init; }

    /// <summary>The dearer, faster way of working was asked for.</summary>
    public bool Fast { get; init; }

    /// <summary>The region of an endpoint that keeps data there: <c>eu</c> or <c>us</c>.</summary>
    public string? Region { get; init; }
}
