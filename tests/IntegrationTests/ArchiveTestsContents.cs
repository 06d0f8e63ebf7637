using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What is in the archive is what is in the tables.</summary>
public class ArchiveTestsContents(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task Archived_lines_read_back_as_rows_are_the_rows_of_the_tables()
    {
        await ServeToAKeyAsync();
        await SqlAsync("ALTER TABLE requests ADD CONSTRAINT poison CHECK (body::text NOT LIKE '%poison%')");
        using var folder = new TemporaryFolder();
        try
        {
            await using var archiving = await AnotherGateway.StartAsync(Gateway, ("LOG_ARCHIVE", "folder"), ("ARCHIVE_FOLDER", folder.Path));
            string[] bodies =
            [
                """{"model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}]}""",
                """{"model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}],"stream":true}""",
                "{\r\n  \"model\": \"gpt-4\",\n  \"messages\": [{\"role\": \"user\", \"content\": \"a\\nb ä 👋\"}]\n}\n",
                """{"model":"gpt-4","messages":[{"role":"user","content":"\u0000 \ud800"}]}""",
                """{"model":"gpt-4","messages":[{"role":"user","content":"x"}],"n":12345678901234567890.12345678901234567890,"e":1e400,"z":1.10}""",
                """{"model":"gpt-4","messages":[{"role":"user","content":"poison"}]}""",
                """{"model":"gpt-99","messages":[{"role":"user","content":"nowhere"}]}""",
                "no json\n at all",
            ];
            foreach (var body in bodies)
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using var answer = await Client(url: archiving.Url).PostAsync("/v1/chat/completions", content, Stop);
                await answer.Content.ReadAsStringAsync(Stop);
            }
        }
        finally
        {
            await SqlAsync("ALTER TABLE requests DROP CONSTRAINT poison");
        }

        var lines = ArchivedLines.All(ArchivedLines.In(folder.Path));
        lines.Should().HaveCount(8);
        await BodiesShouldBeTheTablesAsync(lines);

        // PostgreSQL stores such a line, and reads no member of it.
        lines = [.. lines.Where(line => !line.Contains("\\u0000", StringComparison.Ordinal))];
        lines.Should().HaveCount(7);
        await SqlAsync("DELETE FROM usage_records WHERE request_id IN (SELECT request_id FROM requests WHERE body::text LIKE '%\\u0000%')");
        await SqlAsync("DELETE FROM requests WHERE body::text LIKE '%\\u0000%'");
        await ShouldBeTheRowsAsync(lines, "requests", "request", "q.request_id = p.request_id", "id");
        await ShouldBeTheRowsAsync(lines, "responses", "response", "p.request_created_at = q.request_created_at", "id", "request_id_fk");
        await ShouldBeTheRowsAsync(lines, "usage_records", "usage_record", "q.request_id = p.request_id", "id");
        (await ScalarAsync<long>("SELECT count(DISTINCT body_form) FROM requests")).Should().Be(3, "json, text and base64 were among them");
        (await ScalarAsync<long>("SELECT count(DISTINCT body_form) FROM responses")).Should().BeGreaterThan(1, "assembled streams too");
    }

    private async Task BodiesShouldBeTheTablesAsync(IReadOnlyList<string> lines)
    {
        var bodies = await RowsAsync(
            """
            SELECT q.request_id, translate(q.body::text, E'\r\n', '  '), translate(r.response_body::text, E'\r\n', '  ')
            FROM requests q JOIN responses r ON r.request_id_fk = q.id
            """);
        var archived = lines.Select(line => JsonDocument.Parse(line).RootElement).Select(line => new object?[]
        {
            line.GetProperty("request_id").GetString(), line.GetProperty("request").GetProperty("body").GetRawText(),
            line.GetProperty("response").GetProperty("response_body").GetRawText(),
        });
        archived.Should().BeEquivalentTo(bodies.Select(row => row.Select(value => (value as string)?.Trim())));
    }

    // As the documentation loads them. Blanks around a body and line breaks in it are the one thing that a line does not keep.
    private async Task ShouldBeTheRowsAsync(IReadOnlyList<string> lines, string table, string member, string twin, params string[] givenByTheDatabase)
    {
        lines = [.. lines.Where(line => !line.Contains($"\"{member}\":null", StringComparison.Ordinal))];
        var columns = (await RowsAsync("SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1", table))
            .Select(row => (string)row[0]!).Except(givenByTheDatabase).ToList();
        var named = await RowsAsync($"SELECT DISTINCT json_object_keys(line::json -> '{member}') FROM unnest($1) line", (object)lines.ToArray());
        named.Select(row => (string)row[0]!).Should().BeEquivalentTo(columns);

        var differences = string.Join(", ", columns.Select(column =>
            $"CASE WHEN p.{column}::text IS DISTINCT FROM btrim(translate(q.{column}::text, E'\\r\\n', '  ')) THEN '{column}' END"));
        var rows = await RowsAsync(
            $"""
            SELECT concat_ws(' ', {differences})
            FROM unnest($1) line
            CROSS JOIN json_populate_record(NULL::{table}, line::json -> '{member}') p
            JOIN {table} q ON {twin}
            """,
            (object)lines.ToArray());
        rows.Should().HaveCount((int)await ScalarAsync<long>($"SELECT count(*) FROM {table}")).And.OnlyContain(row => (string)row[0]! == "");
    }
}
