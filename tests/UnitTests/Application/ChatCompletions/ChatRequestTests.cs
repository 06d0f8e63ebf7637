using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class ChatRequestTests
{
    private const string Needed = "\"model\":\"gpt-4\",\"messages\":[{}]";

    [Fact]
    public void A_request_with_only_what_is_needed_has_the_usual_defaults() =>
        Read($"{{{Needed}}}").Should().Match<ChatRequest>(chat =>
            chat.Model == "gpt-4" && !chat.Stream && !chat.IncludeUsage && chat.User == null && chat.MaxTokens == null && chat.Choices == 1
            && chat.StreamOptionsAt == null && chat.IncludeUsageAt == null);

    [Fact]
    public void The_body_is_the_callers_own_memory()
    {
        ReadOnlyMemory<byte> body = Encoding.UTF8.GetBytes($"{{{Needed}}}");

        ChatRequest.TryParse(body, out var chat, out _).Should().BeTrue();

        chat.Body.Should().Be(body);
    }

    [Theory]
    [InlineData("model", "5", "a number")]
    [InlineData("model", "true", "a boolean")]
    [InlineData("model", "[\"gpt-4\"]", "an array")]
    [InlineData("model", "{}", "an object")]
    [InlineData("messages", "\"hello\"", "a string")]
    [InlineData("messages", "{}", "an object")]
    [InlineData("messages", "7", "a number")]
    [InlineData("stream", "\"true\"", "a string")]
    [InlineData("stream", "1", "a number")]
    [InlineData("stream", "[]", "an array")]
    [InlineData("stream_options", "true", "a boolean")]
    [InlineData("stream_options", "[]", "an array")]
    [InlineData("stream_options", "\"include_usage\"", "a string")]
    [InlineData("user", "5", "a number")]
    [InlineData("user", "{}", "an object")]
    [InlineData("safety_identifier", "false", "a boolean")]
    [InlineData("max_tokens", "\"5\"", "a string")]
    [InlineData("max_tokens", "true", "a boolean")]
    [InlineData("max_tokens", "[5]", "an array")]
    [InlineData("max_completion_tokens", "{}", "an object")]
    [InlineData("n", "\"1\"", "a string")]
    [InlineData("n", "false", "a boolean")]
    public void A_value_of_the_wrong_type_names_the_field_and_what_was_given(string field, string value, string given) =>
        Refused(With(field, value)).Should().Match<GatewayError>(error =>
            error.Kind == GatewayErrorKind.Invalid && error.Code == "invalid_type" && error.Param == field
            && error.Message.Contains($"'{field}'") && error.Message.Contains($"but got {given} instead"));

    [Theory]
    [InlineData("[1]", "messages[0]")]
    [InlineData("[null]", "messages[0]")]
    [InlineData("[{},[],{}]", "messages[1]")]
    [InlineData("[{\"content\":[{}]},{},\"hello\"]", "messages[2]")]
    public void A_message_that_is_no_object_is_named_with_its_place(string messages, string named) =>
        Refused(With("messages", messages)).Should().Match<GatewayError>(error => error.Code == "invalid_type" && error.Param == named);

    [Theory]
    [InlineData("\"yes\"")]
    [InlineData("1")]
    [InlineData("{}")]
    public void A_nested_field_of_the_wrong_type_is_named_with_its_path(string value) =>
        Refused(With("stream_options", $"{{\"a\":[],\"include_usage\":{value}}}")).Should().Match<GatewayError>(error =>
            error.Code == "invalid_type" && error.Param == "stream_options.include_usage");

    [Theory]
    [InlineData("""{"messages":[{}]}""", "model")]
    [InlineData("""{"messages":[{}],"model":null}""", "model")]
    [InlineData("""{"messages":[{}],"Model":"gpt-4"}""", "model")]
    [InlineData("""{"messages":[{}],"x":{"model":"gpt-4"}}""", "model")]
    [InlineData("""{"model":"gpt-4"}""", "messages")]
    [InlineData("""{"model":"gpt-4","messages":null}""", "messages")]
    [InlineData("{}", "model")]
    public void What_is_missing_is_named(string json, string field) =>
        Refused(json).Should().Match<GatewayError>(error =>
            error.Kind == GatewayErrorKind.Invalid && error.Code == "missing_required_parameter" && error.Param == field
                && error.Message.Contains($"'{field}'"));

    [Fact]
    public void At_least_one_message_is_needed() =>
        Refused(With("messages", "[ ]")).Should().Match<GatewayError>(error => error.Kind == GatewayErrorKind.Invalid && error.Param == "messages");

    [Theory]
    [InlineData("[]")]
    [InlineData("\"hello\"")]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("[{\"model\":\"gpt-4\",\"messages\":[{}]}]")]
    public void A_body_that_is_no_object_is_refused(string json) => Refused(json).Kind.Should().Be(GatewayErrorKind.Invalid);

    [Fact]
    public void What_is_null_counts_as_absent() =>
        Read($"{{{Needed},\"stream\":null,\"stream_options\":null,\"user\":null,\"safety_identifier\":null,"
            + "\"max_tokens\":null,\"max_completion_tokens\":null,\"n\":null}")
            .Should().Match<ChatRequest>(chat => !chat.Stream && !chat.IncludeUsage && chat.User == null && chat.MaxTokens == null
                && chat.Choices == 1);

    [Theory]
    [InlineData("\"gp\\u0074-4\"", "gpt-4")]
    [InlineData("\"openai\\/gpt-4\"", "openai/gpt-4")]
    [InlineData("\"Modell \\ud83d\\udc4b ü\"", "Modell 👋 ü")]
    public void A_model_is_what_its_text_means(string value, string model) => Read(With("model", value)).Model.Should().Be(model);

    [Fact]
    public void An_escaped_name_is_the_same_name()
    {
        var chat = Read("""{"mod\u0065l":"gpt-4","\u006dessages":[{}],"\u0073tream":true,"stream\u005foptions":{"include\u005fusage":true}}""");

        chat.Should().Match<ChatRequest>(read => read.Model == "gpt-4" && read.Stream && read.IncludeUsage);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    public void A_model_may_be_so_long(int length) => Read(With("model", $"\"{new string('m', length)}\"")).Model.Should().HaveLength(length);

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    [InlineData(100_000)]
    public void A_model_of_another_length_is_refused_and_not_repeated(int length) =>
        Refused(With("model", $"\"{new string('m', length)}\"")).Should().Match<GatewayError>(error =>
            error.Code == "invalid_value" && error.Param == "model" && error.Message.Contains($"{length}") && error.Message.Contains("256")
                && error.Message.Length < 200);

    [Theory]
    [InlineData("1", 1)]
    [InlineData("4096", 4096)]
    [InlineData("2147483647", int.MaxValue)]
    public void An_output_cap_is_a_whole_number(string value, long cap)
    {
        Read(With("max_tokens", value)).MaxTokens.Should().Be(cap);
        Read(With("max_completion_tokens", value)).MaxTokens.Should().Be(cap);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.0")]
    [InlineData("0.5")]
    [InlineData("1e3")]
    [InlineData("1e400")]
    [InlineData("2147483648")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    public void An_output_cap_that_is_none_is_refused_with_what_was_given(string value)
    {
        foreach (var field in new[] { "max_tokens", "max_completion_tokens" })
        {
            Refused(With(field, value)).Should().Match<GatewayError>(error =>
                error.Code == "invalid_value" && error.Param == field && error.Message.Contains($"got {value}")
                    && error.Message.Contains("1 to 2147483647"));
        }
    }

    [Fact]
    public void A_number_without_end_is_refused_and_not_repeated() =>
        Refused(With("max_tokens", new string('9', 5000))).Message.Length.Should().BeLessThan(200);

    [Theory]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":7")]
    [InlineData("\"max_completion_tokens\":7,\"max_tokens\":5")]
    public void The_newer_name_of_the_cap_wins(string members) => Read($"{{{Needed},{members}}}").MaxTokens.Should().Be(7);

    [Theory]
    [InlineData("\"user\":\"old\",\"safety_identifier\":\"new\"", "new")]
    [InlineData("\"safety_identifier\":\"new\",\"user\":\"old\"", "new")]
    [InlineData("\"safety_identifier\":null,\"user\":\"old\"", "old")]
    [InlineData("\"user\":\"old\"", "old")]
    public void The_newer_name_of_the_user_wins(string members, string user) => Read($"{{{Needed},{members}}}").User.Should().Be(user);

    [Theory]
    [InlineData("1", 1)]
    [InlineData("128", 128)]
    public void So_many_choices_may_be_asked_for(string value, int choices) => Read(With("n", value)).Choices.Should().Be(choices);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("129")]
    [InlineData("1.5")]
    [InlineData("1e1")]
    [InlineData("4294967297")]
    public void Another_number_of_choices_is_refused(string value) =>
        Refused(With("n", value)).Should().Match<GatewayError>(error =>
            error.Code == "invalid_value" && error.Param == "n" && error.Message.Contains($"got {value}") && error.Message.Contains("128"));

    [Theory]
    [InlineData("{}", false)]
    [InlineData("{\"include_usage\":true}", true)]
    [InlineData("{\"include_usage\":false}", false)]
    [InlineData("{\"include_usage\":null}", false)]
    [InlineData("{\"include_obfuscation\":{\"include_usage\":true}}", false)]
    [InlineData("{\"include_obfuscation\":false , \"include_usage\" : true }", true)]
    public void Usage_is_asked_for_in_the_stream_options(string options, bool asked) =>
        Read(With("stream_options", options)).IncludeUsage.Should().Be(asked);

    [Theory]
    [InlineData("model")]
    [InlineData("user")]
    [InlineData("safety_identifier")]
    public void Half_a_surrogate_pair_is_no_name(string field)
    {
        Refused(With(field, "\"a\\ud800\"")).Should().Match<GatewayError>(error =>
            error.Kind == GatewayErrorKind.Invalid && error.Code == "invalid_value" && error.Param == field);
        Refused(With(field, "\"\\udc4b\\ud83d\"")).Param.Should().Be(field);
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_message_is_none_of_the_gateways_business() =>
        Read("""{"model":"gpt-4","messages":[{"content":"\ud800"}],"x\ud800":"\udc00"}""").Model.Should().Be("gpt-4");

    [Fact]
    public void What_the_gateway_does_not_know_may_be_anything() =>
        Read($"{{{Needed},\"temperature\":\"hot\",\"tools\":5,\"metadata\":[1e400],\"x\":{{\"model\":1,\"stream\":\"no\"}}}}")
            .Model.Should().Be("gpt-4");

    [Theory]
    [InlineData("{\"model\":", "invalid_json")]
    [InlineData("", "invalid_json")]
    [InlineData("{\"model\":\"a\",\"model\":\"b\",\"messages\":[{}]}", "duplicate_member")]
    public void The_body_is_read_strictly(string json, string code) => Refused(json).Code.Should().Be(code);

    [Theory]
    [InlineData("", 1)]
    [InlineData(",\"n\":3", 3)]
    public void A_chat_that_may_search_is_held_for_what_it_may_find(string more, int choices)
    {
        var chat = Read($"{{{Needed},\"web_search_options\":{{}}{more}}}");
        var price = Price.From(0.001m, 0.5m, """{"search_context_cost_per_query":{"search_context_size_medium":0.01}}""")!;
        var target = Chats.Target("m") with { MaxInputTokens = 5000 };

        var cost = chat.Needs(target with { Destination = target.Destination with { Price = price } }).Cost!.Value;

        cost.Fixed.Should().Be((5000 * 0.001m) + (16 * choices * 0.01m));
    }

    private static string With(string field, string value)
    {
        var others = new Dictionary<string, string> { ["model"] = "\"gpt-4\"", ["messages"] = "[{}]" };
        others[field] = value;
        return $"{{{string.Join(',', others.Select(member => $"\"{member.Key}\":{member.Value}"))}}}";
    }

    private static ChatRequest Read(string json)
    {
        ChatRequest.TryParse(Encoding.UTF8.GetBytes(json), out var chat, out var error).Should().BeTrue(error?.Message);
        return chat;
    }

    private static GatewayError Refused(string json)
    {
        ChatRequest.TryParse(Encoding.UTF8.GetBytes(json), out _, out var error).Should().BeFalse();
        return error!;
    }
}
