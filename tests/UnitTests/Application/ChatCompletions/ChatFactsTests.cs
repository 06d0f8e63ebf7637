using System.Text;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class ChatFactsTests
{
    private const int Seed = 20260106;

    [Fact]
    public void A_completion_tells_its_choices_its_model_and_its_usage() =>
        Read("""{"id":"c1","model":"gpt-4-0613","choices":[{"index":0}],"usage":{"prompt_tokens":9,"completion_tokens":3}}""")
            .Should().Match<AnswerFacts>(facts => facts.IsAnswer && facts.HasOutput && facts.Model == "gpt-4-0613"
                && facts.Usage == UsageReport.Of(new TokenUsage(9, 3)) && facts.ErrorAt == null);

    [Theory]
    [InlineData("""{}""", false, false)]
    [InlineData("""{"choices":[]}""", true, false)]
    [InlineData("""{"choices":[ ] }""", true, false)]
    [InlineData("""{"choices":[{}]}""", true, true)]
    [InlineData("""{"choices":[[]]}""", true, true)]
    [InlineData("""{"choices":null}""", false, false)]
    [InlineData("""{"choices":{}}""", false, false)]
    [InlineData("""{"choices":"none"}""", false, false)]
    [InlineData("""{"x":{"choices":[{}]}}""", false, false)]
    public void Choices_are_an_array(string json, bool has, bool any) =>
        Read(json).Should().Match<AnswerFacts>(facts => facts.IsAnswer == has && facts.HasOutput == any);

    [Theory]
    [InlineData("""{"model":"gpt-4"}""", "gpt-4")]
    [InlineData("""{"model":"gp\u0074-4"}""", "gpt-4")]
    [InlineData("""{"mod\u0065l":"gpt-4"}""", "gpt-4")]
    [InlineData("""{"model":null}""", null)]
    [InlineData("""{"model":5}""", null)]
    [InlineData("""{"model":{"model":"gpt-4"}}""", null)]
    [InlineData("""{"model":"\ud800"}""", null)]
    [InlineData("""{"x":{"model":"gpt-4"}}""", null)]
    public void The_model_is_a_text_or_not_known(string json, string? model) => Read(json).Model.Should().Be(model);

    [Theory]
    [InlineData("""{"error":{"message":"no","code":500}}""", """{"message":"no","code":500}""")]
    [InlineData("""{"id":"c1","error" : "no" ,"choices":[]}""", "\"no\"")]
    [InlineData("""{"error":[1,2],"usage":null}""", "[1,2]")]
    [InlineData("""{"error":false}""", "false")]
    [InlineData("""{"\u0065rror": 7 }""", "7")]
    [InlineData("""{"choices":[{"index":0},{"index":1, "error" : {"code":502} }]}""", """{"code":502}""")]
    [InlineData("""{"choices":[{"index":0,"finish_reason" : "error"}]}""", "\"error\"")]
    public void An_error_is_found_where_it_stands(string json, string error)
    {
        var at = Read(json).ErrorAt!.Value;

        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(json)[at.Start..at.End]).Should().Be(error);
    }

    [Theory]
    [InlineData("""{"error":null}""")]
    [InlineData("""{"choices":[{"error":null,"message":{"error":{"code":502}}}]}""")]
    [InlineData("""{"Error":{}}""")]
    public void An_error_that_is_null_or_somewhere_else_is_none(string json) => Read(json).ErrorAt.Should().BeNull();

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"hello\"")]
    [InlineData("<html></html>")]
    [InlineData("{\"choices\":[")]
    [InlineData("{\"choices\":[]")]
    [InlineData("{\"choices\":[]}}")]
    [InlineData("{\"choices\":[]} {}")]
    [InlineData("{\"usage\":{\"prompt_tokens\":9")]
    [InlineData("{\"usage\":nul}")]
    [InlineData("{\"error\":{\"message\":}}")]
    public void What_is_no_JSON_object_is_refused(string text)
    {
        var read = () => Read(text);

        read.Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData(250, true)]
    [InlineData(100_000, false)]
    public void Answers_may_be_nested_deeply_but_not_without_end(int levels, bool allowed)
    {
        var read = () => Read($"{{\"x\":{new string('[', levels)}{new string(']', levels)}}}");

        if (allowed)
            read.Should().NotThrow();
        else
            read.Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":9},"a":1,"b":2}""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":1,"usage":null,"b":2}""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":1,"b":2,"usage":{"x":[{},{}]}}""", """{"a":1,"b":2}""")]
    [InlineData("""{"usage":null}""", "{}")]
    [InlineData("""{"a":{"usage":1},"us\u0061ge":5,"b":[{"usage":2}]}""", """{"a":{"usage":1},"b":[{"usage":2}]}""")]
    [InlineData("""{"a":1.0,"usage":"none"}""", """{"a":1.0}""")]
    public void Without_its_usage_the_answer_is_as_if_there_had_been_none(string json, string expected) => WithoutUsage(json).Should().Be(expected);

    [Fact]
    public void Without_usage_there_is_nothing_to_cut() => Read("""{"x":{"usage":{}},"Usage":1}""").UsageMember.Should().BeNull();

    [Fact]
    public void Usage_that_is_null_is_no_report_and_still_there_to_be_cut() =>
        Read("""{"usage":null,"choices":[]}""").Should().Match<AnswerFacts>(facts => facts.Usage == null && facts.UsageMember != null);

    [Fact]
    public void Cutting_usage_out_leaves_every_other_member_as_it_was_written()
    {
        var json = new RandomJson(Seed);
        for (var i = 0; i < 2000; i++)
        {
            List<(string Name, string Value)> others = [.. Enumerable.Range(0, json.Random.Next(5)).Select(n => ($"m{n}", json.Value()))];
            if (json.Random.Next(2) == 0)
                others.Add(("choices", json.OneOf(["[]", "[{\"usage\":{\"prompt_tokens\":1}}]", "null"])));

            var usage = (json.Spelled("usage"), json.OneOf(["null", "{}", "{\"prompt_tokens\" : 9 , \"completion_tokens\":3}", json.Value()]));
            var at = json.Random.Next(others.Count + 1);
            var text = json.Space() + json.Object([.. others[..at], usage, .. others[at..]]) + json.Space();

            var cut = WithoutUsage(text);

            Members(cut).Should().Equal(others, $"seed {Seed}, case {i}: {text} became {cut}");
        }
    }

    [Fact]
    public void Any_object_is_read_to_its_end_and_its_usage_is_found_only_at_the_top()
    {
        var json = new RandomJson(Seed);
        for (var i = 0; i < 1000; i++)
        {
            List<(string, string)> members = [.. Enumerable.Range(0, json.Random.Next(5)).Select(n => ($"usage{n}", json.Value()))];
            var text = json.Object(members);

            var facts = Read(text);

            facts.Usage.Should().BeNull($"seed {Seed}, case {i}: {text}");
            facts.UsageMember.Should().BeNull($"seed {Seed}, case {i}: {text}");
        }
    }

    private static AnswerFacts Read(string json) => ChatFacts.Read(Encoding.UTF8.GetBytes(json));

    private static string WithoutUsage(string json) =>
        Encoding.UTF8.GetString(new JsonEdits().Replace(Read(json).UsageMember!.Value, default).ApplyTo(Encoding.UTF8.GetBytes(json)).Span);

    private static List<(string, string)> Members(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateObject().Select(member => (member.Name, member.Value.GetRawText()))];
    }
}
