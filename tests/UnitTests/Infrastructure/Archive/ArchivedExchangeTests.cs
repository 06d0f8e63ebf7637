using System.Text;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Archive;
using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.UnitTests.Infrastructure.Archive;

public class ArchivedExchangeTests
{
    public static TheoryData<string, string?> Bodies => new()
    {
        { """{"n":12345678901234567890.12345678901234567890,"e":1e400,"z":1.10,"d":1,"d":2}""", """{"accept":"*/*"}""" },
        { """{"nul":"\u0000","half":"\ud800","ä":"👋","spaced" :  [ ] }""", null },
        { "null", "{}" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void A_line_that_is_read_and_written_again_is_the_same_line(string body, string? headers)
    {
        var line = LineOf(Rows.Answered(Rows.Json(body), Rows.Json(body), headers));

        var read = ArchivedExchange.Parse(line);

        LineOf(read).Should().Equal(line);
        Encoding.UTF8.GetString(read.Request.Body.Json!.Value.Span).Should().Be(body);
    }

    [Fact]
    public void All_forms_of_bodies_come_back()
    {
        foreach (var body in new[] { LoggedBody.None, LoggedBody.Omitted, LoggedBody.Wrapped("no json\n"u8), LoggedBody.Wrapped([0xff]) })
        {
            var read = ArchivedExchange.Parse(LineOf(Rows.Answered(body, body)));

            read.Request.Body.Form.Should().Be(body.Form);
            (read.Request.Body.Json?.ToArray()).Should().Equal(body.Json?.ToArray());
        }
    }

    [Fact]
    public void A_refused_call_has_no_ledger_line_here_either()
    {
        var log = RequestLog.Begin(RequestId.New(Rows.Now), default(ApiKeyId), new RequestLine("/v1/models", "GET", "/v1/models", null, null), Rows.Now);
        var row = ExchangeRow.Of(log.Refused(GatewayError.Invalid("no"), 400, LoggedBody.None, TimeSpan.Zero));

        ArchivedExchange.Parse(LineOf(row)).Should().Be(row);
    }

    [Theory]
    [InlineData("", "it is not JSON (byte 0)")]
    [InlineData("""{"request_id":"req_1","request":{"body":"sk-secret""", "it is not JSON (byte 50)")]
    [InlineData("""{"request_id":"req_1"}""", "it has not the members of an archived call")]
    [InlineData("[]", "it has not the members of an archived call")]
    [InlineData("""{"request":{"request_id":5},"response":{},"usage_record":null}""", "it has not the members of an archived call")]
    public void What_is_no_line_is_told_without_its_content(string line, string message) =>
        ((Action)(() => ArchivedExchange.Parse(Encoding.UTF8.GetBytes(line)))).Should().Throw<FormatException>().WithMessage(message);

    private static byte[] LineOf(ExchangeRow row)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        ArchiveLine.Add(pieces, row);
        return [.. pieces.SelectMany(piece => piece.ToArray()).SkipLast(1)];
    }
}
