using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// The demo's and the closeout pack's tables. Where they have two names for one thing there is one column: body for
/// payload, response_body for content, total_tokens for tokens_used.
/// </summary>
public class DocumentTestsSchema(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Theory]
    [InlineData("id", "bigint")]
    [InlineData("request_id", "text")]
    [InlineData("route", "text")]
    [InlineData("method", "text")]
    [InlineData("url", "text")]
    [InlineData("headers", "json")]
    [InlineData("body", "json")]
    [InlineData("model", "text")]
    [InlineData("status_code", "integer")]
    [InlineData("created_at", "timestamp with time zone")]
    [InlineData("user_id", "text")]
    [InlineData("api_key", "uuid")]
    [InlineData("start_time", "timestamp with time zone")]
    [InlineData("end_time", "timestamp with time zone")]
    public Task Requests_has_the_column(string name, string kind) => ShouldHaveColumnAsync("requests", name, kind);

    [Theory]
    [InlineData("id", "bigint")]
    [InlineData("request_id_fk", "bigint")]
    [InlineData("response_body", "json")]
    [InlineData("status_code", "integer")]
    [InlineData("latency_ms", "numeric")]
    [InlineData("prompt_tokens", "bigint")]
    [InlineData("completion_tokens", "bigint")]
    [InlineData("total_tokens", "bigint")]
    [InlineData("cost", "numeric")]
    [InlineData("response_model", "text")]
    [InlineData("created_at", "timestamp with time zone")]
    public Task Responses_has_the_column(string name, string kind) => ShouldHaveColumnAsync("responses", name, kind);

    [Theory]
    [InlineData("requests", "request_id")]
    [InlineData("requests", "model")]
    [InlineData("responses", "request_id_fk")]
    public async Task The_column_leads_an_index(string table, string column) =>
        (await ScalarAsync<long>(
            """
            SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = $1::regclass AND a.attname = $2
            """, table, column)).Should().BePositive();

    [Fact]
    public async Task A_response_goes_with_its_request()
    {
        await ServeToAKeyAsync();
        (await ChatAsync()).Dispose();
        var stays = await LoggedIdAsync();
        (await ChatAsync()).Dispose();

        (await SqlAsync("DELETE FROM requests WHERE request_id <> $1", stays)).Should().Be(1);

        (await RowsAsync("SELECT q.request_id FROM responses r LEFT JOIN requests q ON q.id = r.request_id_fk")).Should().ContainSingle().Which.Should().Equal(stays);
    }

    [Fact]
    public async Task A_response_without_a_request_is_refused()
    {
        await ServeToAKeyAsync();
        (await ChatAsync()).Dispose();

        var orphaning = () => SqlAsync("UPDATE responses SET request_id_fk = request_id_fk + 1");

        (await orphaning.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.ForeignKeyViolation);
    }

    [Fact]
    public async Task A_request_id_is_there_once()
    {
        await ServeToAKeyAsync();
        (await ChatAsync()).Dispose();

        var repeating = () => SqlAsync(Copy("created_at"));
        var repeatingLater = () => SqlAsync(Copy("created_at + interval '1 day'"));

        (await repeating.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.UniqueViolation);
        (await repeatingLater.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(
            PostgresErrorCodes.CheckViolation, "a request has one moment, so that it cannot be there a second time in another partition");

        static string Copy(string createdAt) =>
            $"""
            INSERT INTO requests (created_at, request_id, api_key, route, method, url, stream, status_code, start_time, end_time, body_form)
            SELECT {createdAt}, request_id, api_key, route, method, url, stream, status_code, start_time, end_time, body_form FROM requests
            """;
    }

    private async Task ShouldHaveColumnAsync(string table, string name, string kind) =>
        (await RowsAsync("SELECT data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND column_name = $2", table, name))
            .Should().ContainSingle("{0} has a column {1}", table, name).Which.Should().Equal(kind);

    private Task<string> LoggedIdAsync() => ScalarAsync<string>("SELECT request_id FROM requests");
}
