using System.Text.Json.Nodes;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

/// <summary>Requests of many tiny things, each of which is looked at as often as there are things where the work is not bounded.</summary>
public sealed class ConverseManyTests : IDisposable
{
    private const int Many = 20_000;

    private readonly ConverseCalls calls = new();

    [Fact]
    public void Turns_that_alternate_are_as_many_as_the_messages()
    {
        var messages = Enumerable.Range(0, Many).Select(index => $$"""{"role":"{{(index % 2 == 0 ? "user" : "assistant")}}","content":"{{index}}"}""");

        var turns = Sent($$"""{"model":"amazon.nova-pro-v1:0","messages":[{{string.Join(',', messages)}}]}""", out _)["messages"]!.AsArray();

        turns.Select(turn => turn!["content"]![0]!["text"]!.GetValue<string>()).Should().Equal(Enumerable.Range(0, Many).Select(index => $"{index}"));
    }

    [Fact]
    public void Messages_without_content_do_not_part_those_around_them()
    {
        var blank = string.Concat(Enumerable.Repeat("""{"role":"assistant","content":""},{"role":"user","content":""},""", Many / 2));

        var turns = Sent($$"""{"model":"amazon.nova-pro-v1:0","messages":[{"role":"user","content":"A"},{{blank}}{"role":"user","content":"B"}]}""", out _)["messages"]!;

        turns.ToJsonString().Should().Be("""[{"role":"user","content":[{"text":"A"},{"text":"B"}]}]""");
    }

    [Fact]
    public void Documents_of_one_name_get_names_of_their_own()
    {
        var files = string.Join(',', Enumerable.Repeat("""{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,aGk="}}""", Many));

        var content = Sent($$"""{"model":"amazon.nova-pro-v1:0","messages":[{"role":"user","content":[{{files}}]}]}""", out _)["messages"]![0]!["content"]!.AsArray();

        var names = content.Where(block => block!["document"] is not null).Select(block => block!["document"]!["name"]!.GetValue<string>()).ToList();
        names.Should().HaveCount(Many).And.OnlyHaveUniqueItems();
        names[..3].Should().Equal("a", "a (2)", "a (3)");
    }

    [Fact]
    public void Among_tools_that_have_its_names_the_answers_tool_has_one_of_its_own()
    {
        const string Format = """{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object","properties":{}}}}""";
        var names = Enumerable.Range(0, 64).Select(number => $"a{new string('_', number)}").Concat(Enumerable.Range(0, Many).Select(number => $"t{number}"));
        var tools = string.Join(',', names.Select(name => $$$"""{"type":"function","function":{"name":"{{{name}}}"}}"""));

        var sent = Sent(
            $$"""{"model":"anthropic.claude-3-5-sonnet-20241022-v2:0","response_format":{{Format}},"tools":[{{tools}}],"messages":[{"role":"user","content":"Hi"}]}""",
            out _);

        sent["toolConfig"]!["tools"]!.AsArray().Select(tool => tool!["toolSpec"]!["name"]!.GetValue<string>())
            .Should().HaveCount(Many + 65).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Of_what_is_left_out_the_first_are_named()
    {
        var members = string.Join(',', Enumerable.Range(0, Many).Select(number => $"\"p{number}\":1"));

        Sent($$"""{"model":"amazon.nova-pro-v1:0",{{members}},"messages":[{"role":"user","content":"Hi"}]}""", out var dropped, dropParams: true)
            .AsObject().Should().ContainSingle();

        dropped.Should().Equal(Enumerable.Range(0, 32).Select(number => $"p{number}"));
    }

    public void Dispose() => calls.Dispose();

    private JsonNode Sent(string request, out IReadOnlyList<string> dropped, bool dropParams = false)
    {
        var message = calls.Write(request, dropParams).Message!;
        dropped = message.DroppedParams;
        return JsonNode.Parse(message.Body.Span)!;
    }
}
