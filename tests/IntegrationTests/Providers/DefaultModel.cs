using System.Collections.Immutable;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>
/// What models say if a test does not mind: they think if asked to, call the tools they are given, tell what those have said,
/// keep to a schema, and look at pictures.
/// </summary>
internal static class DefaultModel
{
    public const string Thought = "I should look at what is asked.";
    private static readonly ImmutableArray<string> Cities = ["Paris", "Rome"];

    public static ModelScript Next(ModelRequest request)
    {
        var thought = request.WantsThinking ? [new Think(Thought)] : ImmutableArray<ModelStep>.Empty;
        return new ModelScript([.. thought, Answer(request)]) { Usage = new ModelUsage(Reasoning: thought.Length * 4) };
    }

    private static ModelStep Answer(ModelRequest request)
    {
        if (!request.Outcomes.IsEmpty)
            return Tell(request.Outcomes);

        var calls = request.Tools.SelectMany(Calls).Take(request.OneCallOnly ? 1 : int.MaxValue)
            .Select((call, index) => call with { Id = $"call_{request.EarlierCalls + index + 1}" }).ToImmutableArray();
        if (!calls.IsEmpty)
            return new CallTools(calls);
        if (request.WantsJson)
            return new Say("{\"city\":", "\"Paris\"}");

        return request.Picture is { } picture ? new Say("I see a picture ", picture) : new Say("Hello", " there");
    }

    private static IEnumerable<ToolCall> Calls(OfferedTool tool)
    {
        if (tool.Parameters.Contains("city"))
            return Cities.Select(city => new ToolCall("", tool.Name, "{\"city\":", $"\"{city}\"}}"));

        return [tool.Parameters.Any() ? new ToolCall("", tool.Name, "{}") : new ToolCall("", tool.Name)];
    }

    private static Say Tell(ImmutableArray<ToolOutcome> outcomes)
    {
        var told = outcomes.Select(outcome => outcome switch
        {
            { IsError: true } => $"{outcome.Name} failed: {outcome.Text}",
            _ when outcome.Arguments.Text("city") is { } city => $"{outcome.Text} in {city}",
            _ => $"{outcome.Text} by {outcome.Name}",
        });
        return new Say("It is ", string.Join(" and ", told), ".");
    }
}
