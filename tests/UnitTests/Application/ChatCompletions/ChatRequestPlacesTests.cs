using System.Text;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

/// <summary>Where a <see cref="ChatRequest"/> says its values stand, and the bytes it was given.</summary>
public class ChatRequestPlacesTests
{
    private const int Seed = 20260105;
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    [Fact]
    public void Putting_something_in_the_place_of_a_value_changes_that_value_and_nothing_else()
    {
        var json = new RandomJson(Seed);
        for (var i = 0; i < 1000; i++)
        {
            var (template, values) = RandomRequest(json);
            var body = Encoding.UTF8.GetBytes(Filled(template, values));
            var because = $"seed {Seed}, case {i}: {Encoding.UTF8.GetString(body)}";

            ChatRequest.TryParse(body, out var chat, out var error).Should().BeTrue($"{error?.Message} ({because})");

            Replaced(chat, chat.ModelAt).Should().Be(Filled(template, values, "@model@"), because);
            Replaced(chat, chat.MessagesAt).Should().Be(Filled(template, values, "@messages@"), because);
            Replaced(chat, new JsonSlice(chat.FirstMemberAt, 0)).Should().Be(WithFirst(Filled(template, values)), because);
            if (values.ContainsKey("@stream_options@"))
                Replaced(chat, chat.StreamOptionsAt!.Value).Should().Be(Filled(template, values, "@stream_options@"), because);
            else
                chat.StreamOptionsAt.Should().BeNull(because);

            if (values.ContainsKey("@include_usage@"))
                Replaced(chat, chat.IncludeUsageAt!.Value).Should().Be(Filled(template, values, "@include_usage@"), because);
            else
                chat.IncludeUsageAt.Should().BeNull(because);
        }
    }

    [Theory]
    [InlineData("stream_options", "null")]
    [InlineData("stream_options", "{ }")]
    [InlineData("stream_options", "{\"include_usage\" : null}")]
    public void The_place_of_stream_options_is_known_whatever_they_say(string name, string value)
    {
        var chat = Read($"{{\"model\":\"a\",\"{name}\" : {value} ,\"messages\":[{{}}]}}");

        Text(chat, chat.StreamOptionsAt!.Value).Should().Be(value);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over_and_places_are_counted_behind_it()
    {
        byte[] body = [.. ByteOrderMark, .. Encoding.UTF8.GetBytes("""{"messages":[{}],"model":"gpt-4"}""")];

        ChatRequest.TryParse(body, out var chat, out _).Should().BeTrue();

        Encoding.UTF8.GetString(chat.Body.Span).Should().Be("""{"messages":[{}],"model":"gpt-4"}""");
        Text(chat, chat.ModelAt).Should().Be("\"gpt-4\"");
        Text(chat, chat.MessagesAt).Should().Be("[{}]");
        chat.FirstMemberAt.Should().Be(1);
    }

    [Fact]
    public void Two_byte_order_marks_are_one_too_many()
    {
        byte[] body = [.. ByteOrderMark, .. ByteOrderMark, .. "{}"u8];

        ChatRequest.TryParse(body, out _, out var error).Should().BeFalse();
        error!.Code.Should().Be("invalid_json");
    }

    [Theory]
    [InlineData("""{"model": 5}""", BodyForm.Json)]
    [InlineData("""{"model":"a"}""", BodyForm.Json)]
    [InlineData("[]", BodyForm.Json)]
    [InlineData("""{"model":""", BodyForm.Text)]
    [InlineData("hello", BodyForm.Text)]
    [InlineData("""{"a":1,"a":2}""", BodyForm.Text)]
    public void A_body_that_was_refused_is_logged_as_it_is_only_where_it_is_surely_JSON(string text, BodyForm form)
    {
        var logged = Refused(Encoding.UTF8.GetBytes(text));

        logged.Form.Should().Be(form);
        using var json = JsonDocument.Parse(logged.Json!.Value);
        if (form == BodyForm.Json)
            Encoding.UTF8.GetString(logged.Json!.Value.Span).Should().Be(text);
        else
            json.RootElement.GetProperty("text").GetString().Should().Be(text);
    }

    [Fact]
    public void A_refused_body_that_is_no_text_is_logged_in_base64() => Refused([0x7B, 0xFF, 0x7D]).Form.Should().Be(BodyForm.Base64);

    [Fact]
    public void A_refused_body_with_a_byte_order_mark_is_still_logged_as_JSON()
    {
        var logged = Refused([.. ByteOrderMark, .. """{"model":"gpt-4"}"""u8]);

        // As strict as the database, which knows no mark in front of JSON.
        var read = () => new Utf8JsonReader(logged.Json!.Value.Span).Read();
        read.Should().NotThrow();
    }

    [Fact]
    public void A_body_that_was_too_large_to_be_read_is_logged_as_left_out() =>
        ChatRequest.Unread(default, new GatewayError(GatewayErrorKind.TooLarge, "request_too_large", "too large")).Should().Be(LoggedBody.Omitted);

    private static LoggedBody Refused(byte[] body)
    {
        ChatRequest.TryParse(body, out _, out var error).Should().BeFalse();
        return ChatRequest.Unread(body, error!);
    }

    private static ChatRequest Read(string json)
    {
        ChatRequest.TryParse(Encoding.UTF8.GetBytes(json), out var chat, out var error).Should().BeTrue(error?.Message);
        return chat;
    }

    private static string Text(ChatRequest chat, JsonSlice at) => Encoding.UTF8.GetString(chat.Body.Span[at.Start..at.End]);

    private static string Replaced(ChatRequest chat, JsonSlice at) =>
        Encoding.UTF8.GetString(new JsonEdits().Replace(at, "#"u8.ToArray()).ApplyTo(chat.Body).Span);

    // A text with marks in the place of the values that the gateway reads, and those values.
    private static (string Template, Dictionary<string, string> Values) RandomRequest(RandomJson json)
    {
        var values = new Dictionary<string, string>
        {
            ["@model@"] = $"\"{json.Spelled("gpt-4")}\"",
            ["@messages@"] = $"[{json.Space()}{{\"role\":\"user\",\"content\":{json.Value()}}}{json.Space()}]",
        };
        List<(string, string)> members = [(json.Spelled("model"), "@model@"), (json.Spelled("messages"), "@messages@")];
        if (json.Random.Next(2) == 0)
            members.Add(("stream", json.OneOf(["true", "false", "null"])));

        if (json.Random.Next(2) == 0)
        {
            List<(string, string)> options = json.Random.Next(2) == 0 ? [("include_obfuscation", json.Value(1))] : [];
            if (json.Random.Next(3) > 0)
            {
                options.Add((json.Spelled("include_usage"), "@include_usage@"));
                values["@include_usage@"] = json.OneOf(["true", "false", "null"]);
            }

            members.Add((json.Spelled("stream_options"), "@stream_options@"));
            values["@stream_options@"] = json.Object(json.Shuffled(options));
        }

        for (var i = json.Random.Next(4); i > 0; i--)
            members.Add(($"x_{i}", json.OneOf([json.Value(), "{\"model\":\"other\",\"stream_options\":{\"include_usage\":1}}"])));

        return (json.Space() + json.Object(json.Shuffled(members)) + json.Space(), values);
    }

    private static string Filled(string template, Dictionary<string, string> values, string? replaced = null)
    {
        foreach (var mark in new[] { "@stream_options@", "@include_usage@", "@messages@", "@model@" })
        {
            if (values.TryGetValue(mark, out var value))
                template = template.Replace(mark, mark == replaced ? "#" : value, StringComparison.Ordinal);
        }

        return template;
    }

    private static string WithFirst(string json) => json.Insert(json.IndexOf('{', StringComparison.Ordinal) + 1, "#");
}
