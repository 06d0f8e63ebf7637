using System.Net;
using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Bodies that are wrong in themselves: the caller is told what, nothing goes upstream, and it is in the books.</summary>
public class ChatTestsRefusals(GatewayFixture gateway) : ChatTest(gateway)
{
    private const string Invalid = "invalid_request_error";

    /// <summary>A member, its wrong value, and what is said of it.</summary>
    public static TheoryData<string, string, string, string> WrongValues => new()
    {
        { "model", "1", "Invalid type for 'model': expected a string, but got a number instead.", "invalid_type" },
        { "model", "[\"gpt-4\"]", "Invalid type for 'model': expected a string, but got an array instead.", "invalid_type" },
        { "model", "\"\"", "Invalid 'model': it has 0 characters, allowed are 1 to 256.", "invalid_value" },
        { "model", $"\"{new string('m', 257)}\"", "Invalid 'model': it has 257 characters, allowed are 1 to 256.", "invalid_value" },
        { "model", "\"\\ud800\"", "Invalid 'model': the text contains half of a surrogate pair.", "invalid_value" },
        { "model", "null", "Missing required parameter: 'model'.", "missing_required_parameter" },
        { "messages", "\"Hi\"", "Invalid type for 'messages': expected an array of messages, but got a string instead.", "invalid_type" },
        { "messages", "{\"role\":\"user\"}", "Invalid type for 'messages': expected an array of messages, but got an object instead.", "invalid_type" },
        { "messages", "null", "Missing required parameter: 'messages'.", "missing_required_parameter" },
        { "messages", "[]", "Invalid 'messages': the array is empty, at least one message is needed.", "empty_array" },
        { "messages[1]", "[{\"role\":\"user\"},\"Hi\"]", "Invalid type for 'messages[1]': expected an object, but got a string instead.", "invalid_type" },
        { "stream", "\"true\"", "Invalid type for 'stream': expected a boolean, but got a string instead.", "invalid_type" },
        { "stream", "1", "Invalid type for 'stream': expected a boolean, but got a number instead.", "invalid_type" },
        { "stream_options", "true", "Invalid type for 'stream_options': expected an object, but got a boolean instead.", "invalid_type" },
        {
            "stream_options.include_usage", "{\"include_usage\":\"yes\"}",
            "Invalid type for 'stream_options.include_usage': expected a boolean, but got a string instead.", "invalid_type"
        },
        { "user", "{}", "Invalid type for 'user': expected a string, but got an object instead.", "invalid_type" },
        { "safety_identifier", "1", "Invalid type for 'safety_identifier': expected a string, but got a number instead.", "invalid_type" },
        { "max_tokens", "\"5\"", "Invalid type for 'max_tokens': expected an integer, but got a string instead.", "invalid_type" },
        { "max_tokens", "1.5", "Invalid 'max_tokens': expected an integer from 1 to 2147483647, but got 1.5.", "invalid_value" },
        { "max_tokens", "-1", "Invalid 'max_tokens': expected an integer from 1 to 2147483647, but got -1.", "invalid_value" },
        { "max_completion_tokens", "1e400", "Invalid 'max_completion_tokens': expected an integer from 1 to 2147483647, but got 1e400.", "invalid_value" },
        { "n", "0", "Invalid 'n': expected an integer from 1 to 128, but got 0.", "invalid_value" },
        { "n", "9223372036854775808", "Invalid 'n': expected an integer from 1 to 128, but got 9223372036854775808.", "invalid_value" },
    };

    [Theory]
    [MemberData(nameof(WrongValues))]
    public async Task A_wrong_value_is_refused_by_the_name_of_its_field(string param, string value, string message, string code)
    {
        var member = param.Split('.', '[')[0];
        var members = new Dictionary<string, string> { ["model"] = "\"gpt-4\"", ["messages"] = """[{"role":"user","content":"Hi"}]""", [member] = value };
        var body = "{" + string.Join(",", members.Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}";
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        await ShouldBeRefusedAsync(response, ErrorOf(message, Invalid, param, code), code);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Body == body && logged.BodyForm == "json" && logged.Model == null);
    }

    [Theory]
    [InlineData("model", """{"messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("messages", """{"model":"gpt-4"}""")]
    [InlineData("model", "{}")]
    public async Task A_missing_field_is_named(string param, string body)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        await ShouldBeRefusedAsync(
            response, ErrorOf($"Missing required parameter: '{param}'.", Invalid, param, "missing_required_parameter"), "missing_required_parameter");
    }

    [Theory]
    [InlineData("model", """{"model":"gpt-4","messages":[{"role":"user"}],"model":"dear"}""", 46)]
    [InlineData("model", """{"model":"gpt-4","messages":[{"role":"user"}],"mod\u0065l":"dear"}""", 46)]
    [InlineData("role", """{"model":"gpt-4","messages":[{"role":"user","role":"system"}]}""", 44)]
    [InlineData("a", """{"model":"gpt-4","messages":[{"role":"user"}],"x":[{"a":1,"b":{"a":1},"a":2}]}""", 70)]
    public async Task A_member_that_is_there_twice_is_refused_by_its_name(string name, string body, int at)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        await ShouldBeRefusedAsync(
            response, ErrorOf($"The member '{name}' is there twice in one object (byte {at}).", Invalid, name, "duplicate_member"), "duplicate_member");
        await ShouldBeWrappedAsync(body);
    }

    [Theory]
    [InlineData("""{"model":"gpt-4","messages":[}""", "(line 1, byte 30)")]
    [InlineData("{\n\"model\":\"gpt-4\",\n \"messages\":[{\"role\":\"user\"}],}", "(line 3, byte 31)")]
    [InlineData("""{"model":"gpt-4","messages":[{"role":"user"}]""", "(line 1, byte 46)")]
    [InlineData("""{"model":"gpt-4","messages":[{"role":"user"}]} {}""", "(line 1, byte 48)")]
    [InlineData("""{"model":"gpt-4","messages":[{"role":"user"}],/* comment */"n":1}""", "(line 1, byte 47)")]
    [InlineData("""{"model":"gpt-4","messages":[{"role":"user"}],"n":NaN}""", "(line 1, byte 51)")]
    [InlineData("model=gpt-4", "(line 1, byte 1)")]
    [InlineData(" ", "(line 1, byte 2)")]
    public async Task What_is_not_json_is_refused_with_the_place(string body, string place)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        await ShouldBeMalformedAsync(response, message => message.StartsWith("The request body is not valid JSON: ", StringComparison.Ordinal)
            && message.EndsWith(place, StringComparison.Ordinal));
        await ShouldBeWrappedAsync(body);
    }

    [Fact]
    public async Task An_empty_body_is_refused()
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync("");

        await ShouldBeMalformedAsync(response, message => message.StartsWith("The request body is not valid JSON: ", StringComparison.Ordinal));
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Body == null && logged.BodyForm == "none");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"model":"gpt-4"}]""")]
    [InlineData("\"gpt-4\"")]
    [InlineData("null")]
    public async Task A_body_that_is_no_object_is_refused(string body)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        await ShouldBeRefusedAsync(response, ErrorOf("The request body must be a JSON object.", Invalid, null, "invalid_type"), "invalid_type");
        (await LoggedAsync()).Body.Should().Be(body);
    }

    [Theory]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public async Task Bytes_that_are_no_utf8_are_refused_and_kept(byte[] bytes)
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("""{"model":"gpt-4","messages":[{"role":"user","content":" """), .. bytes, .. "\"}]}"u8];
        await ServeToAKeyAsync();

        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var response = await Client().PostAsync("/v1/chat/completions", content, Stop);

        await ShouldBeRefusedAsync(response, ErrorOf("The request body is not valid UTF-8.", Invalid, null, "invalid_json"), "invalid_json");
        var logged = await LoggedAsync();
        logged.BodyForm.Should().Be("base64");
        JsonDocument.Parse(logged.Body!).RootElement.GetProperty("base64").GetBytesFromBase64().Should().Equal(body);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(100_000, false)]
    public async Task Sixty_four_levels_may_be_nested_and_no_more(int levels, bool allowed)
    {
        var nested = $"{new string('[', levels - 1)}{new string(']', levels - 1)}";
        await ServeToAKeyAsync();

        using var response = await PostAsync($$"""{"model":"gpt-4","messages":[{"role":"user"}],"x":{{nested}}}""");

        if (allowed)
            response.StatusCode.Should().Be(HttpStatusCode.OK);
        else
            await ShouldBeMalformedAsync(response, message => message.Contains("64", StringComparison.Ordinal));
    }

    private async Task ShouldBeMalformedAsync(HttpResponseMessage response, Func<string, bool> saysSo)
    {
        var message = (await ErrorAsync(response)).GetProperty("message").GetString()!;
        message.Should().Match(text => saysSo(text)).And.NotContain("LineNumber").And.NotContain("System.");
        await ShouldBeRefusedAsync(response, ErrorOf(message, Invalid, null, "invalid_json"), "invalid_json");
    }

    private async Task ShouldBeRefusedAsync(HttpResponseMessage response, string body, string code)
    {
        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        response.Headers.GetValues("x-should-retry").Should().Equal("false");
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        (await TextAsync(response)).Should().Be(body);
        Upstream.Requests.Should().BeEmpty();
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Status == 400 && logged.ResponseStatus == 400 && logged.Outcome == "rejected" && logged.ErrorCode == code && logged.ResponseBody == body
            && logged.Cost == 0 && logged.PromptTokens == null && logged.UnpricedReason == null && logged.LedgerLines == 0);
    }

    private async Task ShouldBeWrappedAsync(string body)
    {
        var logged = await LoggedAsync();
        logged.BodyForm.Should().Be("text");
        JsonDocument.Parse(logged.Body!).RootElement.GetProperty("text").GetString().Should().Be(body);
    }
}
