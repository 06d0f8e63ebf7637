using System.Net;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>How much the log tells, by the admin API.</summary>
public class AdminTestsLogLevels(GatewayFixture gateway) : AdminTest(gateway)
{
    private const string AsConfigured = """{"level":"none","sources":{},"configured":"none","expires_at":null}""";

    [Fact]
    public async Task A_viewer_sees_them_and_an_admin_changes_them_which_the_audit_log_tells()
    {
        // The audit log keeps what tests before this one did.
        var before = (long)(await RowsAsync("SELECT coalesce(max(id), 0) FROM audit_log"))[0][0]!;
        var viewer = await TokenAsync(AdminRole.Viewer);
        (await TextAsync(await GetAsync("log-levels", viewer))).Should().Be(AsConfigured);
        using var refused = await SendAsync(HttpMethod.Put, "log-levels", """{"level":"error"}""", viewer);

        using var changed = await SendAsync(
            HttpMethod.Put, "log-levels", """{"level":"critical","sources":{"CleanGateway.Nowhere":"error"}}""", await TokenAsync(AdminRole.Admin));
        var state = await TextAsync(changed);
        using var back = await SendAsync(HttpMethod.Put, "log-levels", "{}");

        refused.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        state.Should().Be("""{"level":"critical","sources":{"CleanGateway.Nowhere":"error"},"configured":"none","expires_at":null}""");
        (await TextAsync(back)).Should().Be(AsConfigured);
        (await RowsAsync("SELECT action, target_name, changed FROM audit_log WHERE target_type = 'log_levels' AND id > $1 ORDER BY id", before))
            .Should().BeEquivalentTo([["set_log_levels", "critical", new[] { "level", "CleanGateway.Nowhere" }], new object?[] { "set_log_levels", null, new[] { "level" } }]);
    }

    [Theory]
    [InlineData("""{"level":"loud"}""", "'level' is \"loud\": expected one of trace, debug, information, warning, error, critical, none, or null.")]
    [InlineData("""{"sources":{"X":"loud"}}""", "'sources' is {\"X\":\"loud\"}: expected an object whose members are each one of trace")]
    [InlineData("""{"sources":{"a b":"debug"}}""", "'sources' has a name that is none of a source")]
    [InlineData("""{"sources":{"Microsoft.AspNetCore.Routing.Matching":"debug"}}""", "'Microsoft.AspNetCore.Routing.Matching' is debug: expected warning")]
    [InlineData("""{"expires_in_seconds":0}""", "xpires")]
    [InlineData("""{"until":"tomorrow"}""", "'until' is not known: expected level, sources, expires_in_seconds.")]
    public async Task What_is_wrong_is_told_by_name_and_changes_nothing(string body, string expected)
    {
        using var answer = await SendAsync(HttpMethod.Put, "log-levels", body);

        var text = System.Text.RegularExpressions.Regex.Unescape(await TextAsync(answer));
        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest, text);
        text.Should().Contain(expected);
        (await TextAsync(await GetAsync("log-levels"))).Should().Be(AsConfigured);
    }

    private async Task<string> TextAsync(HttpResponseMessage answer) => await answer.Content.ReadAsStringAsync(Stop);
}
