using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.UnitTests.Application.RequestLogs;

/// <summary>How a search for calls is understood, and what is said of one that cannot be.</summary>
public class RequestFilterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_a_word_it_is_about_the_last_day()
    {
        var selection = new RequestFilter().SelectionAt(Now)!;

        (selection.From, selection.To, selection.RequestId, selection.Status).Should().Be((Now.AddDays(-1), null, null, null));
        (new RequestFilter { To = "2026-11-01" }.SelectionAt(Now)!.From).Should().Be(new DateTimeOffset(2026, 10, 31, 0, 0, 0, TimeSpan.Zero));
        (new RequestFilter { To = "0001-01-01" }.SelectionAt(Now)!.From).Should().Be(DateTimeOffset.MinValue);
    }

    [Fact]
    public void An_id_says_when_that_was()
    {
        var id = RequestId.New(Now.AddDays(-100));

        var selection = new RequestFilter { RequestId = id.Value }.SelectionAt(Now)!;

        (selection.RequestId, selection.From, selection.To).Should().Be((id, null, null));
    }

    [Theory]
    [InlineData("429", 429, 429)]
    [InlineData("100", 100, 100)]
    [InlineData("599", 599, 599)]
    [InlineData("4xx", 400, 499)]
    [InlineData("1xx", 100, 199)]
    public void A_status_is_a_number_or_a_hundred_of_them(string status, int first, int last) =>
        new RequestFilter { Status = status }.SelectionAt(Now)!.Status.Should().Be((first, last));

    [Theory]
    [InlineData("")]
    [InlineData("99")]
    [InlineData("600")]
    [InlineData("0xx")]
    [InlineData("6xx")]
    [InlineData("4XX")]
    [InlineData("+429")]
    [InlineData("4")]
    public void Another_status_is_none(string status)
    {
        new RequestFilter { Status = status }.SelectionAt(Now).Should().BeNull();
        Findings(new RequestFilter { Status = status }).Should().ContainSingle()
            .Which.Should().StartWith($"Status: 'status' is '{status}': expected an HTTP status");
    }

    [Fact]
    public void All_that_is_wrong_is_told() => Findings(new RequestFilter
    {
        From = "soon", To = "2026-11-20T00:00:00", KeyId = "me", Model = "", Provider = "a\0b", Outcome = "OK", ErrorCode = "",
        ClientRequestId = "\0", UserId = "", RequestId = "req_1",
    }).Select(finding => finding.Split(':')[0]).Should().BeEquivalentTo(
        "From", "To", "KeyId", "Model", "Provider", "Outcome", "ErrorCode", "ClientRequestId", "UserId", "RequestId");

    [Theory]
    [InlineData("2026-11-20", "2026-11-20", false)]
    [InlineData("2026-11-21", "2026-11-20", false)]
    [InlineData("2026-11-21T12:00:00Z", null, false)]
    [InlineData("2026-11-21T11:59:59Z", null, true)]
    [InlineData("2026-11-19", "2026-11-20", true)]
    public void A_period_has_a_beginning_before_its_end(string from, string? to, bool isOne) =>
        Findings(new RequestFilter { From = from, To = to }).Should().HaveCount(isOne ? 0 : 1);

    private static IEnumerable<string> Findings(RequestFilter filter) =>
        new RequestFilterValidator(new ManualClock(Now)).Validate(filter).Errors.Select(error => $"{error.PropertyName}: {error.ErrorMessage}");
}
