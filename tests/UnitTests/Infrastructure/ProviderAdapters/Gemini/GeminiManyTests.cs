using System.Text.Json.Nodes;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

/// <summary>Requests of many tiny things, each of which is looked at as often as there are things where the work is not bounded.</summary>
public sealed class GeminiManyTests : IDisposable
{
    private const int Many = 20_000;

    private readonly GeminiCalls gemini = new();

    [Fact]
    public void Results_that_come_in_another_order_than_their_calls_stand_in_that_of_the_calls()
    {
        var asked = Enumerable.Range(0, Many).Select(number => $$$"""{"id":"g{{{number}}}","type":"function","function":{"name":"f","arguments":"{}"}}""");
        var told = Enumerable.Range(0, Many).Reverse().Select(number => $$"""{"role":"tool","tool_call_id":"g{{number}}","content":"{{number}}"}""");

        var parts = Results(string.Join(',', asked), string.Join(',', told));

        parts.Select(part => part!["functionResponse"]!["response"]!["output"]!.GetValue<string>())
            .Should().Equal(Enumerable.Range(0, Many).Select(number => $"{number}"));
    }

    [Fact]
    public void Results_of_calls_with_one_id_are_those_of_the_calls_in_their_order()
    {
        var asked = Enumerable.Repeat("""{"id":"g","type":"function","function":{"name":"f","arguments":"{}"}}""", Many);
        var told = Enumerable.Range(0, Many).Select(number => $$"""{"role":"tool","tool_call_id":"g","content":"{{number}}"}""").ToList();

        var parts = Results(string.Join(',', asked), string.Join(',', told));

        parts.Select(part => part!["functionResponse"]!["response"]!["output"]!.GetValue<string>())
            .Should().Equal(Enumerable.Range(0, Many).Select(number => $"{number}"));
        gemini.Refused(Chat(string.Join(',', asked), string.Join(',', told.Append(told[0])))).Param.Should().Be($"messages[{Many + 2}].tool_call_id");
    }

    [Fact]
    public void Names_of_one_spelling_are_told_apart()
    {
        // Letters that Google does not take, all of which become the same.
        var names = Enumerable.Range(0x4E00, Many).Select(letter => $"n{(char)letter}").ToList();
        var tools = string.Join(',', names.Select(name => $$$"""{"type":"function","function":{"name":"{{{name}}}"}}"""));
        var allowed = string.Join(',', names.AsEnumerable().Reverse().Select(name => $$$"""{"type":"function","function":{"name":"{{{name}}}"}}"""));

        var sent = gemini.Body(
            $$$"""{"model":"gemini-2.5-pro","tools":[{{{tools}}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{{{allowed}}}]}},"messages":[{"role":"user","content":"Hi"}]}""");

        var spelled = sent["tools"]![0]!["functionDeclarations"]!.AsArray().Select(tool => tool!["name"]!.GetValue<string>()).ToList();
        spelled.Should().HaveCount(Many).And.OnlyHaveUniqueItems();
        spelled[..3].Should().Equal("n_", "n__2", "n__3");
    }

    public void Dispose() => gemini.Dispose();

    private JsonArray Results(string asked, string told) => gemini.Body(Chat(asked, told))["contents"]![2]!["parts"]!.AsArray();

    private static string Chat(string asked, string told) =>
        $$"""{"model":"gemini-2.5-pro","messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{{asked}}]},{{told}}]}""";
}
