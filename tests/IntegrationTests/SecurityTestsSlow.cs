using System.Net;
using CleanGateway.Api.Common;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Callers who take their time, and those who come in crowds; with less time and room than usual.</summary>
public class SecurityTestsSlow(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Post =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer " + Key + "\r\nContent-Type: application/json\r\n";

    [Fact]
    public async Task Headers_that_do_not_end_are_not_waited_for()
    {
        await using var hasty = await StartAsync(new ConnectionLimits { HeadersDeadline = TimeSpan.FromMilliseconds(200) });
        using var connection = await RawConnection.OpenAsync(hasty.Url, Stop);

        await connection.SendRawAsync("GET /health HTTP/1.1\r\nHost: gate", Stop);

        (await connection.ReadAsync(Stop)).StatusLine.Should().Be("HTTP/1.1 408 Request Timeout");
        (await connection.EndsAsync(Stop)).Should().BeTrue();
    }

    [Theory]
    [InlineData("Content-Length: 1000\r\n\r\n{")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")]
    public async Task A_body_that_does_not_end_is_refused_at_its_deadline(string rest)
    {
        await IssueKeyAsync();
        await using var hasty = await StartAsync(new ConnectionLimits { BodyDeadline = TimeSpan.FromMilliseconds(200) });
        using var connection = await RawConnection.OpenAsync(hasty.Url, Stop);

        await connection.SendRawAsync(Post + rest, Stop);

        await ShouldBeTooSlowAsync(connection);
    }

    [Fact]
    public async Task A_body_that_trickles_is_refused_for_its_rate()
    {
        await IssueKeyAsync();
        await using var hasty = await StartAsync(
            new ConnectionLimits { SlowestTransfer = new MinDataRate(bytesPerSecond: 1_000_000, gracePeriod: TimeSpan.FromMilliseconds(1100)) });
        using var connection = await RawConnection.OpenAsync(hasty.Url, Stop);

        await connection.SendRawAsync($"{Post}Content-Length: 1000\r\n\r\n{{", Stop);

        await ShouldBeTooSlowAsync(connection);
    }

    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        await using var hasty = await StartAsync(new ConnectionLimits { KeepAlive = TimeSpan.FromMilliseconds(200) });
        using var connection = await RawConnection.OpenAsync(hasty.Url, Stop);
        await connection.SendRawAsync("GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n", Stop);
        (await connection.ReadAsync(Stop)).Body.Should().Be("OK");

        (await connection.EndsAsync(Stop)).Should().BeTrue();
    }

    [Fact]
    public async Task A_crowd_at_the_callers_door_does_not_keep_admins_out()
    {
        await using var small = await StartAsync(new ConnectionLimits { Connections = 3 }, ("ADMIN_HTTP_PORT", "0"));
        var crowd = new List<RawConnection>();
        try
        {
            for (var caller = 0; caller < 3; caller++)
            {
                crowd.Add(await RawConnection.OpenAsync(small.Url, Stop));
                await crowd[^1].SendRawAsync("GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n", Stop);
                (await crowd[^1].ReadAsync(Stop)).Body.Should().Be("OK");
            }

            crowd.Add(await RawConnection.OpenAsync(small.Url, Stop));
            (await crowd[^1].EndsAsync(Stop)).Should().BeTrue("there is no room for a fourth");
            using var response = await Admin(small.Urls[^1]).GetAsync("/admin/projects", Stop);
            response.StatusCode.Should().Be(HttpStatusCode.OK);
        }
        finally
        {
            crowd.ForEach(connection => connection.Dispose());
        }
    }

    private async Task ShouldBeTooSlowAsync(RawConnection connection)
    {
        var answer = await connection.ReadAsync(Stop);
        answer.StatusLine.Should().Be("HTTP/1.1 408 Request Timeout");
        answer.Body.Should().Be(ErrorJson("The request body arrived too slowly.", "request_timeout"));
        (await connection.EndsAsync(Stop)).Should().BeTrue();
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Status == 408 && logged.ErrorCode == "request_timeout" && logged.LedgerLines == 0);
    }

    private Task<AnotherGateway> StartAsync(ConnectionLimits limits, params (string Name, string Value)[] settings) =>
        AnotherGateway.StartAsync(Gateway, services => services.AddSingleton(limits), settings);
}
