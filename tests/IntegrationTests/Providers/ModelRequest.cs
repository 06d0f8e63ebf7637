using System.Collections.Immutable;
using System.Text.Json;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>What a model is asked, whatever wire it was asked on.</summary>
internal sealed record ModelRequest
{
    public required string Model { get; init; }
    public bool WantsStream { get; init; }
    public bool WantsThinking { get; init; }

    /// <summary>A JSON schema was given for the answer.</summary>
    public bool WantsJson { get; init; }

    /// <summary>Those that may be called; none if the caller wants no call.</summary>
    public ImmutableArray<OfferedTool> Tools { get; init; } = [];

    /// <summary>Not several in parallel.</summary>
    public bool OneCallOnly { get; init; }

    /// <summary>How many calls there were in earlier turns.</summary>
    public int EarlierCalls { get; init; }

    /// <summary>What tools have said, if that is the last turn.</summary>
    public ImmutableArray<ToolOutcome> Outcomes { get; init; } = [];

    /// <summary>"of 68 bytes" or "at https://…", if there is one in the last turn.</summary>
    public string? Picture { get; init; }

    /// <summary>A picture that was sent along.</summary>
    public static string PictureOf(string base64) => $"of {Convert.FromBase64String(base64).Length} bytes";
}

/// <param name="Schema">What it takes; undefined if nobody said.</param>
internal sealed record OfferedTool(string Name, JsonElement Schema)
{
    public IEnumerable<string> Parameters => Schema.Get("properties").Members().Select(member => member.Name);
}

internal sealed record ToolOutcome(string Name, JsonElement Arguments, string Text, bool IsError = false);
