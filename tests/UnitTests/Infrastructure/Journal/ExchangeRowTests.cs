using System.Text;
using System.Text.Json;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Infrastructure.Journal;

public class ExchangeRowTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Latency = TimeSpan.FromSeconds(2);
    private static readonly byte[] Asked = Encoding.UTF8.GetBytes("""{"model":"gpt-4","messages":[{"content":"\u0000"}]}""");
    private static readonly byte[] Told = Encoding.UTF8.GetBytes("""{"choices":[]}""");

    [Fact]
    public void In_safe_form_bodies_are_base64_and_still_whole()
    {
        var safe = ExchangeRow.Of(Answered()).InSafeForm();

        safe.Request.Body.Form.Should().Be(BodyForm.Base64);
        safe.Response.Body.Form.Should().Be(BodyForm.Base64);
        Base64In(safe.Request.Body).Should().Equal(Asked);
        Base64In(safe.Response.Body).Should().Equal(Told);
    }

    [Fact]
    public void In_safe_form_a_body_that_is_not_there_stays_away()
    {
        var log = RequestLog.Begin(RequestId.New(Now), default, Line(), Now);
        log.Asked(LoggedBody.Omitted);

        var safe = ExchangeRow.Of(log.Refused(GatewayError.Invalid("no"), 400, LoggedBody.None, Latency)).InSafeForm();

        safe.Request.Body.Should().Be(LoggedBody.Omitted);
        safe.Response.Body.Should().Be(LoggedBody.None);
    }

    [Fact]
    public void In_safe_form_free_texts_are_short_and_plain()
    {
        const string Wild = "a\0b\u0001c\r\nd\u001B[31m\u007F\u0085";
        var wildAndLong = Wild + new string('x', 10_000);
        var line = Line() with { Url = wildAndLong, ClientRequestId = wildAndLong, Headers = "{\"accept\":\"\\u0000\"}" };
        var log = RequestLog.Begin(RequestId.New(Now), default, line, Now);
        log.Asked(LoggedBody.Exact(Asked), wildAndLong, wildAndLong);
        log.Dispatch(To());

        var safe = ExchangeRow.Of(log.Answered(new Answer(200, LoggedBody.Exact(Told), UsageReport.None, wildAndLong), Latency)).InSafeForm();

        string?[] texts = [safe.Request.Url, safe.Request.ClientRequestId, safe.Request.Model, safe.Request.UserId, safe.Response.ResponseModel];
        texts.Should().AllSatisfy(text => text.Should().NotBeNull().And.StartWith("a\uFFFDb\uFFFDc").And.Match(kept => kept.Length <= 200
            && !kept.Any(char.IsControl)));
        safe.Request.Headers.Should().BeNull();
    }

    [Theory]
    [InlineData(198)]
    [InlineData(199)]
    [InlineData(200)]
    public void In_safe_form_a_text_is_never_cut_in_the_middle_of_a_character(int before)
    {
        var text = new string('x', before) + "👋 and more";
        var log = RequestLog.Begin(RequestId.New(Now), default, Line(), Now);
        log.Asked(LoggedBody.None, text, text);

        var safe = ExchangeRow.Of(log.Refused(GatewayError.Invalid("no"), 400, LoggedBody.None, Latency)).InSafeForm();

        // As strict as the database driver: half a pair cannot be written as UTF-8 at all.
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        var write = () => strict.GetBytes(safe.Request.Model + safe.Request.UserId);
        write.Should().NotThrow();
    }

    [Fact]
    public void In_safe_form_everything_else_is_as_it_was()
    {
        var exchange = ExchangeRow.Of(Answered());

        var safe = exchange.InSafeForm();

        safe.Usage.Should().BeSameAs(exchange.Usage);
        safe.Request.Should().BeEquivalentTo(
            exchange.Request, options => options.Excluding(request => request.Body).Excluding(request => request.Headers));
        safe.Response.Should().BeEquivalentTo(exchange.Response, options => options.Excluding(response => response.Body));
        exchange.Request.Headers.Should().NotBeNull("the exchange itself has not changed");
        exchange.Request.Body.Form.Should().Be(BodyForm.Json);
    }

    private static byte[] Base64In(LoggedBody body)
    {
        using var json = JsonDocument.Parse(body.Json!.Value);
        return json.RootElement.GetProperty("base64").GetBytesFromBase64();
    }

    private static RequestLine Line() => new("/v1/chat/completions", "POST", "/v1/chat/completions", "{}", "mine-1");

    private static Destination To() => new(new ProviderId(Guid.CreateVersion7(Now)), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m));

    private static RequestLog Begun(bool stream)
    {
        var log = RequestLog.Begin(RequestId.New(Now), new ApiKeyId(Guid.CreateVersion7(Now)), Line(), Now);
        log.Asked(LoggedBody.Exact(Asked), "gpt-4", "user-1", stream);
        return log;
    }

    private static Exchange Answered(bool stream = false)
    {
        var log = Begun(stream);
        log.Dispatch(To());
        return log.Answered(new Answer(200, LoggedBody.Exact(Told), UsageReport.Of(new TokenUsage(9, 3)), "gpt-4-0613"), Latency);
    }
}
