using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What the log keeps of what is said, as the gateway and the key have it.</summary>
public class ChatTestsLogContent(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Theory]
    [InlineData(null, false, "json", "json")]
    [InlineData(null, true, "json", "assembled")]
    [InlineData("full", false, "json", "json")]
    [InlineData("metadata", false, "omitted", "omitted")]
    [InlineData("metadata", true, "omitted", "omitted")]
    [InlineData("none", false, "omitted", "omitted")]
    [InlineData("none", true, "omitted", "omitted")]
    public async Task A_key_decides_for_its_calls(string? content, bool stream, string request, string response)
    {
        await ServeToAKeyAsync();
        await SqlAsync("UPDATE api_keys SET log_content = $1", content);
        await Gateway.SettledAsync();

        using var answer = await ChatAsync(stream: stream);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ReadToEndAsync(answer)).Text.Should().Contain("there");

        var logged = await LoggedAsync();
        (logged.BodyForm, logged.ResponseBodyForm).Should().Be((request, response));
        (logged.Body is null, logged.ResponseBody is null, logged.Headers is null).Should().Be((request == "omitted", response == "omitted", content == "none"));
        logged.Should().Match<LoggedExchange>(exchange => exchange.Outcome == "ok" && exchange.PromptTokens == 9 && exchange.Cost == 0.00045m && exchange.LedgerLines == 1);
    }

    [Fact]
    public async Task What_is_refused_is_kept_no_more_than_what_is_answered()
    {
        await ServeToAKeyAsync();
        await SqlAsync("UPDATE api_keys SET log_content = 'metadata'");
        await Gateway.SettledAsync();

        using var answer = await ChatAsync("gpt-99");

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange =>
            exchange.Body == null && exchange.ResponseBody == null && exchange.Model == "gpt-99" && exchange.ErrorCode == "unknown_model");
    }

    [Theory]
    [InlineData("metadata", null, "omitted")]
    [InlineData("metadata", "full", "json")]
    [InlineData("full", "none", "omitted")]
    public async Task The_gateway_decides_for_keys_that_say_nothing(string ofTheGateway, string? ofTheKey, string expected)
    {
        await ServeToAKeyAsync();
        await SqlAsync("UPDATE api_keys SET log_content = $1", ofTheKey);
        await using var other = await AnotherGateway.StartAsync(Gateway, ("LOG_CONTENT", ofTheGateway));
        using var question = new StringContent(
            """{"model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}]}""", System.Text.Encoding.UTF8, "application/json");

        using var answer = await Client(url: other.Url).PostAsync("/v1/chat/completions", question, Stop);

        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Stop));
        (await LoggedAsync()).BodyForm.Should().Be(expected);
    }

    [Fact]
    public async Task Another_word_is_refused_by_the_database()
    {
        var refused = () => SqlAsync("INSERT INTO api_keys (name, key_hash, log_content) VALUES ('k', repeat('a', 64), 'some')");

        (await refused.Should().ThrowAsync<Npgsql.PostgresException>()).Which.ConstraintName.Should().Be("api_keys_log_content_check");
    }
}
