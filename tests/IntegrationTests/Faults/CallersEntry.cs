namespace CleanGateway.IntegrationTests.Faults;

/// <summary>A call as its caller saw it.</summary>
internal sealed class CallersEntry(string name, bool stream)
{
    /// <summary>What the caller calls itself: it goes upstream and into the database with the call.</summary>
    public string Name => name;

    public bool Stream => stream;

    /// <summary>Null when no answer came.</summary>
    public int? Status { get; set; }

    public string? RequestId { get; set; }

    /// <summary>The whole of what came.</summary>
    public string Text { get; set; } = "";

    /// <summary>The connection broke, before the answer or in it.</summary>
    public bool Broke { get; set; }

    /// <summary>The call has ended, one way or the other.</summary>
    public bool IsOver { get; set; }

    /// <summary>Told that all is well, to the last byte.</summary>
    public bool Succeeded => Status == 200 && !Broke && (!stream || Text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));

    /// <summary>Told that the log could not take the call; only then it needs no row, and must not have gone upstream.</summary>
    public bool WasNotLogged => Status == 503 && Text.Contains("\"log_unavailable\"", StringComparison.Ordinal);

    /// <summary>
    /// Turned away before it was known who called, by a gateway that has just started and whose database is gone: there
    /// is no one in whose books it could be.
    /// </summary>
    public bool WasNotKnown => Status == 503 && Text.Contains("\"authentication_unavailable\"", StringComparison.Ordinal);

    public override string ToString() => $"{name}: {Status?.ToString() ?? "no answer"}{(Broke ? ", broken" : "")} {(Status == 200 ? "" : Text)}";
}
