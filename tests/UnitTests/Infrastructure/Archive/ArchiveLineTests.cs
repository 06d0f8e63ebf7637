using System.Text;
using System.Text.Json;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Archive;
using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.UnitTests.Infrastructure.Archive;

public class ArchiveLineTests
{
    [Fact]
    public void A_line_holds_the_rows_under_their_columns_names()
    {
        var row = Rows.Answered(headers: """{"accept":"*/*"}""");

        LineOf(row).Should().Be(
            $$$"""
            {"request_id":"{{{row.Request.RequestId}}}","request":{"request_id":"{{{row.Request.RequestId}}}","created_at":"2026-08-01T12:00:00.123000Z",
            "client_request_id":"mine-1","api_key":"0197a000-0000-7000-8000-000000000001","route":"/v1/chat/completions","method":"POST",
            "url":"/v1/chat/completions?x=ä","headers":{"accept":"*/*"},"body_form":"json","model":"gpt-4","user_id":"user-1","stream":false,
            "provider_id":"0197a000-0000-7000-8000-000000000002","provider_name":"openai-main","status_code":200,
            "start_time":"2026-08-01T12:00:00.123000Z","end_time":"2026-08-01T12:00:00.373321Z","body":{"q":1}},
            "response":{"request_created_at":"2026-08-01T12:00:00.123000Z","created_at":"2026-08-01T12:00:00.373321Z","outcome":"ok","error_code":null,
            "status_code":200,"latency_ms":250.32,"body_form":"json","response_model":"gpt-4-0613","prompt_tokens":9,"completion_tokens":3,
            "total_tokens":12,"cost":{{{row.Response.Cost}}},"unpriced_reason":null,"usage_source":"provider","response_body":{"a":1}},
            "usage_record":{"request_id":"{{{row.Request.RequestId}}}","created_at":"2026-08-01T12:00:00.123000Z",
            "api_key_id":"0197a000-0000-7000-8000-000000000001","provider_id":"0197a000-0000-7000-8000-000000000002","model":"gpt-4",
            "prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"cached_tokens":null,"reasoning_tokens":null,
            "total_cost_usd":{{{row.Usage!.TotalCostUsd}}},"unpriced_reason":null,"usage_source":"provider",
            "project_id":null,"price_version":"{{{row.Usage!.PriceVersion}}}","usage_details":null}}
            """.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal) + "\n");
    }

    [Theory]
    [InlineData("""{"n":12345678901234567890.12345678901234567890,"e":1e400,"z":1.10,"d":1,"d":2}""")]
    [InlineData("""{"nul":"\u0000","half":"\ud800","ä":"👋","spaced" :  [ ] }""")]
    public void Bodies_are_as_they_were_byte_for_byte(string body) =>
        LineOf(Rows.Answered(Rows.Json(body), Rows.Json(body))).Should().Contain($"\"body\":{body}}}").And.Contain($"\"response_body\":{body}}}");

    [Fact]
    public void A_body_of_several_lines_becomes_one()
    {
        var line = LineOf(Rows.Answered(Rows.Json("{\r\n  \"text\": \"a\\nb\"\n}\n"), Rows.Json("[\n1]")));

        line.Should().Contain("\"body\":{    \"text\": \"a\\nb\" } }").And.Contain("\"response_body\":[ 1]}");
        line[..^1].Should().NotContainAny("\n", "\r");
    }

    [Fact]
    public void What_was_not_JSON_is_as_it_is_stored()
    {
        var line = LineOf(Rows.Answered(LoggedBody.Wrapped("no json\n"u8), LoggedBody.Wrapped([0xff])));

        line.Should().Contain("\"body_form\":\"text\"").And.Contain("\"body\":{\"text\":\"no json\\n\"}")
            .And.Contain("\"body_form\":\"base64\"").And.Contain("\"response_body\":{\"base64\":\"/w==\"}");
    }

    [Fact]
    public void A_refused_call_without_bodies_has_nulls_and_no_ledger_line()
    {
        var log = RequestLog.Begin(RequestId.New(Rows.Now), default(ApiKeyId), new RequestLine("/v1/models", "GET", "/v1/models", null, null), Rows.Now);
        var row = ExchangeRow.Of(log.Refused(GatewayError.Invalid("no"), 400, LoggedBody.None, TimeSpan.Zero));

        using var json = JsonDocument.Parse(LineOf(row));
        var root = json.RootElement;
        root.GetProperty("usage_record").ValueKind.Should().Be(JsonValueKind.Null);
        foreach (var column in new[] { "body", "headers", "model", "provider_id", "client_request_id" })
            root.GetProperty("request").GetProperty(column).ValueKind.Should().Be(JsonValueKind.Null, column);
        root.GetProperty("response").GetProperty("response_body").ValueKind.Should().Be(JsonValueKind.Null);
        root.GetProperty("response").GetProperty("prompt_tokens").ValueKind.Should().Be(JsonValueKind.Null);
    }

    private static string LineOf(ExchangeRow row)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        ArchiveLine.Add(pieces, row);
        return string.Concat(pieces.Select(piece => Encoding.UTF8.GetString(piece.Span)));
    }
}
