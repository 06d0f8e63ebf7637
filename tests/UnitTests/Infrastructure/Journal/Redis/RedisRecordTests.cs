using System.Text;
using System.Text.Json;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Redis;

namespace CleanGateway.UnitTests.Infrastructure.Journal.Redis;

public class RedisRecordTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Bodies_come_back_to_the_letter(int seed)
    {
        var random = new RandomJson(seed);
        for (var round = 0; round < 500; round++)
        {
            var (asked, told) = (random.Space() + random.Value() + random.Space(), random.Space() + random.Value() + random.Space());
            var row = ExchangeRow.Of(Answered(LoggedBody.Exact(Utf8(asked)), LoggedBody.Assembled(Utf8(told))));

            RedisRecord.TryReadCompleted(RedisRecord.Completed(row), out var read, out var withdrawn).Should().BeTrue();

            withdrawn.Should().BeFalse();
            (Text(read!.Request.Body), read.Request.Body.Form, Text(read.Response.Body), read.Response.Body.Form)
                .Should().Be((asked, BodyForm.Json, told, BodyForm.Assembled));
            read.Should().BeEquivalentTo(row, rows => rows.Excluding(path => path.Path.Contains("Body")));
        }
    }

    [Fact]
    public void What_has_no_body_has_none_afterwards()
    {
        var row = ExchangeRow.Of(Answered(LoggedBody.Omitted, LoggedBody.None));

        RedisRecord.TryReadCompleted(RedisRecord.Completed(row, withdrawn: true), out var read, out var withdrawn).Should().BeTrue();

        (read!.Request.Body, read.Response.Body, withdrawn).Should().Be((LoggedBody.Omitted, LoggedBody.None, true));
    }

    [Fact]
    public void A_body_as_deep_as_any_that_is_taken_can_be_read()
    {
        var deep = new string('[', 256) + new string(']', 256);

        RedisRecord.TryReadCompleted(RedisRecord.Completed(ExchangeRow.Of(Answered(LoggedBody.Exact(Utf8(deep)), LoggedBody.None))), out var read, out _)
            .Should().BeTrue();

        Text(read!.Request.Body).Should().Be(deep);
    }

    [Fact]
    public void A_record_has_the_columns_names_and_can_be_read()
    {
        var record = RedisRecord.Completed(ExchangeRow.Of(Answered(LoggedBody.Exact("""{"n":1.50}"""u8.ToArray()), LoggedBody.Exact("{}"u8.ToArray()))));

        Encoding.UTF8.GetString(record).Should().Contain("\"headers\":\"{\\\"accept\\\":\\\"é\\\"}\"").And.Contain("\"request_body\":{\"n\":1.50}");
        var json = JsonDocument.Parse(record).RootElement;
        json.EnumerateObject().Select(member => member.Name)
            .Should().Equal("request", "request_body_form", "request_body", "response", "response_body_form", "response_body", "usage");
        json.GetProperty("request").GetProperty("api_key").GetGuid().Should().NotBeEmpty();
        json.GetProperty("response").GetProperty("outcome").GetString().Should().Be("ok");
        json.GetProperty("usage").GetProperty("total_cost_usd").GetDecimal().Should().Be(0.00045m);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_call_that_died_is_what_it_had_come_to(bool seen)
    {
        var request = Asked(LoggedBody.Exact(" {} "u8.ToArray()));
        var progress = seen ? RedisRecord.Progress(request, new TokenUsage(9, 2), Now.AddSeconds(3)) : [];

        RedisRecord.TryReadCrashed(RedisRecord.Accepted(request), progress, out var exchange).Should().BeTrue();

        (exchange!.Response.Outcome, exchange.Request.RequestId, Text(exchange.Request.Body), exchange.Request.EndTime)
            .Should().Be(("gateway_crash", request.RequestId, " {} ", seen ? Now.AddSeconds(3) : Now));
        exchange.Usage!.CompletionTokens.Should().Be(seen ? 2 : null);
    }

    [Fact]
    public void A_call_that_died_without_a_body_has_none()
    {
        RedisRecord.TryReadCrashed(RedisRecord.Accepted(Asked(LoggedBody.Omitted)), default, out var exchange).Should().BeTrue();

        exchange!.Request.Body.Should().Be(LoggedBody.Omitted);
    }

    [Fact]
    public void What_is_no_record_is_told_from_one()
    {
        var record = RedisRecord.Completed(ExchangeRow.Of(Answered(LoggedBody.Exact("{}"u8.ToArray()), LoggedBody.None)));
        byte[][] others =
        [
            [], "{}"u8.ToArray(), "[]"u8.ToArray(), "hello"u8.ToArray(), """{"\ud800":1}"""u8.ToArray(), [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D],
            """{"request":{},"request_body_form":"none","response":{},"response_body_form":"none"}"""u8.ToArray(),
            """{"request":1}"""u8.ToArray(), [.. record, (byte)'x'], .. Enumerable.Range(0, record.Length - 1).Select(length => record[..length]),
        ];

        others.Where(other => RedisRecord.TryReadCompleted(other, out _, out _) || RedisRecord.TryReadCrashed(other, default, out _)).Should().BeEmpty();
    }

    private static Exchange Answered(LoggedBody asked, LoggedBody told) => Asked(asked)
        .Answered(new Answer(200, told, UsageReport.Of(new TokenUsage(9, 3)), "gpt-x"), TimeSpan.FromMilliseconds(5));

    private static RequestLog Asked(LoggedBody body)
    {
        var request = RequestLog.Begin(
            RequestId.New(Now), new ApiKeyId(new Guid("0197a000-0000-7000-8000-000000000001")),
            new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions", """{"accept":"é"}""", "mine"), Now);
        request.Asked(body, "gpt-4", "user");
        request.Dispatch(new Destination(
            new ProviderId(new Guid("0197a000-0000-7000-8000-000000000002")), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m)));
        return request;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(LoggedBody body) => Encoding.UTF8.GetString(body.Json!.Value.Span);
}
