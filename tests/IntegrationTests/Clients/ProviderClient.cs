using System.Text.Json;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>A client library as a test of providers needs it: it asks, uses tools until there is an answer, and leaves.</summary>
internal abstract class ProviderClient
{
    /// <summary>The answer to one question, as the library's user gets it.</summary>
    public abstract Task<Heard> AskAsync(Ask ask);

    /// <summary>Two rounds: the model calls tools, in parallel and one without parameters, and says what they have told it.</summary>
    public abstract Task<Heard> UseToolsAsync(Ask ask);

    /// <summary>Leaves a stream after its first words, or an answer when it is told that it is being waited for.</summary>
    /// <param name="waiting">Completes when the provider says no more.</param>
    public abstract Task LeaveAsync(bool stream, Task waiting);

    /// <summary>What tools say; each client has the same.</summary>
    protected static string UseTool(string name, JsonElement arguments) => name == "get_time"
        ? "12:00"
        : arguments.GetProperty("city").GetString() == "Paris" ? "18C" : "21C";
}

/// <summary>What a model is asked.</summary>
internal enum Topic
{
    Hello,
    Picture,
    Json,
}

/// <summary>A question, whichever library puts it.</summary>
/// <param name="Thinks">The model is to think before it answers.</param>
internal sealed record Ask(string Model, bool Stream = false, Topic Topic = Topic.Hello, bool Thinks = false, float? Temperature = null);

/// <summary>What a client's user gets to know.</summary>
internal sealed record Heard
{
    public string Text { get; init; } = "";
    public string? Thinking { get; init; }

    /// <summary>In the words of the API that was called.</summary>
    public string? Finish { get; init; }

    /// <summary>The user has no reason to think that anything is missing.</summary>
    public bool IsComplete => Error is null;

    /// <summary>All of the prompt, cached or not.</summary>
    public long? PromptTokens { get; init; }
    public long? CachedTokens { get; init; }
    public long? OutputTokens { get; init; }

    /// <summary>Arguments of the first round's calls, JSON each, in their order.</summary>
    public IReadOnlyList<string> Calls { get; init; } = [];
    public HeardError? Error { get; init; }
}

/// <summary>An error as the library throws it; null what it does not show.</summary>
/// <param name="Class">Of the exception.</param>
internal sealed record HeardError(string Class, int? Status, string? Type, string? Code, string Message, string? RetryAfter);
