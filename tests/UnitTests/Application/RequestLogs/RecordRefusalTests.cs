using System.Text;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;

namespace CleanGateway.UnitTests.Application.RequestLogs;

public class RecordRefusalTests
{
    private static readonly GatewayError Malformed = GatewayError.Invalid("no JSON", code: "invalid_json");
    private static readonly LoggedBody Body = LoggedBody.Wrapped("hello"u8);

    private readonly Books books = new();

    [Fact]
    public async Task A_call_that_never_became_a_message_is_recorded_with_what_came()
    {
        (await HandleAsync()).Should().Be(Malformed);

        books.Single.Request.Should().Match<RequestLog>(request => request.Body == Body && request.Model == null && request.StatusCode == 400
            && !request.Stream);
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "rejected" && response.ErrorCode == "invalid_json" && response.StatusCode == 400 && response.Cost == 0);
        Encoding.UTF8.GetString(books.Single.Response.Body.Json!.Value.Span).Should()
            .Be("""{"error":{"message":"no JSON","type":"invalid_request_error","param":null,"code":"invalid_json"}}""");
        books.Single.Usage.Should().BeNull();
    }

    [Fact]
    public async Task When_the_journal_takes_nothing_the_caller_is_told_that()
    {
        books.IsAvailable = false;

        (await HandleAsync()).Should().Be(GatewayError.LogUnavailable);
        books.Completed.Should().BeEmpty();
    }

    [Fact]
    public async Task When_the_journal_cannot_complete_the_caller_is_told_that()
    {
        books.Completes = false;

        (await HandleAsync()).Should().Be(GatewayError.LogUnavailable);
        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_caller_who_has_left_is_recorded_all_the_same()
    {
        using var caller = new CancellationTokenSource();
        await caller.CancelAsync();

        await HandleAsync(caller);

        books.Completed.Should().ContainSingle();
    }

    private Task<GatewayError> HandleAsync(CancellationTokenSource? caller = null) =>
        new RecordRefusalHandler(books.Recorder).Handle(new RecordRefusal(books.Call(), Malformed, Body), caller?.Token ?? CancellationToken.None);
}
