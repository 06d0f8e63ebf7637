using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// The demo's and the closeout pack's tables. Where they have two names for one thing there is one column: body for
/// payload, response_body for content, total_tokens for tokens_used.
/// </summary>
public class DocumentTestsSchema(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task Requests_has_every_column_of_both_documents() =>
        (await ColumnsAsync("requests")).Should().Contain(new Dictionary<string, string>
        {
            ["id"] = "bigint",
            ["request_id"] = "text",
            ["route"] = "text",
            ["method"] = "text",
            ["url"] = "text",
            ["headers"] = "json",
            ["body"] = "json",
            ["model"] = "text",
            ["status_code"] = "integer",
            ["created_at"] = "timestamp with time zone",
            ["user_id"] = "text",
            ["api_key"] = "uuid",
            ["start_time"] = "timestamp with time zone",
            ["end_time"] = "timestamp with time zone",
        });

    [Fact]
    public async Task Responses_has_every_column_of_both_documents() =>
        (await ColumnsAsync("responses")).Should().Contain(new Dictionary<string, string>
        {
            ["id"] = "bigint",
            ["request_id_fk"] = "bigint",
            ["response_body"] = "json",
            ["status_code"] = "integer",
            ["latency_ms"] = "numeric",
            ["prompt_tokens"] = "bigint",
            ["completion_tokens"] = "bigint",
            ["total_tokens"] = "bigint",
            ["cost"] = "numeric",
            ["response_model"] = "text",
            ["created_at"] = "timestamp with time zone",
        });

    [Fact]
    public async Task What_the_documents_call_indexed_leads_an_index() =>
        (await RowsAsync(
            """
            SELECT DISTINCT i.indrelid::regclass || '.' || a.attname
            FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid IN ('requests'::regclass, 'responses'::regclass)
            """)).Select(row => row[0]).Should().Contain(["requests.request_id", "requests.model", "responses.request_id_fk"]);

    [Fact]
    public async Task A_response_goes_with_its_request()
    {
        await ServeToAKeyAsync();
        (await ChatAsync()).Dispose();
        var stays = await LoggedIdAsync();
        (await ChatAsync()).Dispose();

        (await SqlAsync("DELETE FROM requests WHERE request_id <> $1", stays)).Should().Be(1);

        (await RowsAsync("SELECT q.request_id FROM responses r LEFT JOIN requests q ON q.id = r.request_id_fk"))
            .Should().ContainSingle().Which.Should().Equal(stays);
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

    private async Task<Dictionary<string, string>> ColumnsAsync(string table) =>
        (await RowsAsync("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1", table))
            .ToDictionary(row => (string)row[0]!, row => (string)row[1]!);

    private Task<string> LoggedIdAsync() => ScalarAsync<string>("SELECT request_id FROM requests");
}
