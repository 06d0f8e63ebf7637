using CleanGateway.Application.AuditLog;
using CleanGateway.Application.Common;

namespace CleanGateway.UnitTests.Application.AuditLog;

public class AuditFilterTests
{
    [Fact]
    public void Without_a_word_it_is_about_everything()
    {
        Findings(new AuditFilter()).Should().BeEmpty();
        new AuditFilter().Period().Should().Be((null, null));
    }

    [Fact]
    public void A_moment_counts_in_UTC() =>
        new AuditFilter { From = "2026-11-01", To = "2026-11-02T00:30:00+02:00" }.Period()
            .Should().Be((new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 1, 22, 30, 0, TimeSpan.Zero)));

    [Fact]
    public void All_that_is_wrong_is_told() =>
        Findings(new AuditFilter { From = "soon", To = "later", Actor = "", Action = "\0", TargetType = "", TargetId = "", RequestId = "" }, limit: 0)
            .Should().BeEquivalentTo("From", "To", "Actor", "Action", "TargetType", "TargetId", "RequestId", "Limit");

    [Fact]
    public void A_period_begins_before_it_ends() =>
        Findings(new AuditFilter { From = "2026-11-02", To = "2026-11-02" }).Should().Equal("From");

    private static IEnumerable<string> Findings(AuditFilter filter, int limit = 1) =>
        new ListAuditEntriesValidator().Validate(new ListAuditEntries(filter, new PageRequest(limit))).Errors
            .Select(error => error.PropertyName.Split('.')[^1]);
}
