using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Validation;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What a validation says of a gateway that works, and of each way in which one does not.</summary>
public class ValidationTests(GatewayFixture gateway, MigratedDatabase migrated) : GatewayTest(gateway), IClassFixture<MigratedDatabase>
{
    private const int Calls = 20;
    private static readonly string[] Five = ["service", "database", "chat_call", "rows", "join"];

    [Fact]
    public async Task A_gateway_that_works_passes_with_its_figures()
    {
        await ServeToAKeyAsync();

        var report = await ValidateAsync(model: "gpt-4", adminToken: Gateway.AdminToken);

        report.Passed.Should().BeTrue();
        report.Checks.Take(5).Select(check => (check.Number, check.Name)).Should().Equal(Five.Select((name, index) => ((int?)index + 1, name)));
        report.Checks.Where(check => check.Verdict is not (ValidationVerdict.Passed or ValidationVerdict.Warning)).Should().BeEmpty();
        var id = report.Figures.RequestId!;
        Of(report, "chat_call").Seen.Should().StartWith("200").And.Contain(id);
        Of(report, "join").Seen.Should().Contain(id).And.Contain("12 tokens");
        (await ScalarAsync<long>("SELECT count(*) FROM requests WHERE request_id = $1", id)).Should().Be(1);
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(Calls + 1, "nothing else is written");
        report.Figures.Should().BeEquivalentTo(new
        {
            CallsAnswered = Calls, CallsInLog = Calls, Orphans = 0L, Unanswered = 0L, RequestsLookedAt = Calls + 1L, DaysLookedAt = 1,
        });
        report.Figures.OverheadMs!.Count.Should().Be(Calls);
        report.Figures.OverheadMs.P50.Should().BeInRange(0, report.Figures.OverheadMs.Max);
        report.Figures.ConnectionReuse.Should().BeInRange(0, 1);
        Upstream.Requests.Should().HaveCount(Calls + 1);
    }

    [Fact]
    public async Task Without_an_admin_token_the_reuse_of_connections_is_not_known_and_nothing_fails()
    {
        await IssueKeyAsync();

        var report = await ValidateAsync();
        var mistyped = await ValidateAsync(adminToken: "wrong", calls: 1);

        Of(report, "connection_reuse").Should().Match<ValidationCheck>(check =>
            check.Verdict == ValidationVerdict.NotKnown && check.Seen.Contains("needs an admin token"));
        Of(mistyped, "connection_reuse").Seen.Should().Contain("/api/db-stats answered 401");
        (report.Passed, mistyped.Passed).Should().Be((true, true));
    }

    [Fact]
    public async Task A_wrong_key_fails_the_call_and_leaves_what_needs_it_untried()
    {
        var report = await ValidateAsync();

        Verdicts(report).Should().Equal(
            ("service", ValidationVerdict.Passed), ("database", ValidationVerdict.Passed), ("chat_call", ValidationVerdict.Failed),
            ("rows", ValidationVerdict.NotTried), ("join", ValidationVerdict.NotTried), ("calls", ValidationVerdict.NotTried),
            ("overhead", ValidationVerdict.NotTried), ("no_row_lost", ValidationVerdict.NotTried), ("connection_reuse", ValidationVerdict.NotTried),
            ("foreign_key", ValidationVerdict.Passed), ("orphans", ValidationVerdict.Passed));
        report.Passed.Should().BeFalse();
        Of(report, "chat_call").Seen.Should().Be("401: 401: invalid API key");
        Of(report, "chat_call").Causes[0].Should().StartWith("The key ($(cat demo.key)) is not one of this gateway's");
        Of(report, "chat_call").Next.Should().Contain("cleangateway keys list")
            .And.Contain(next => next.StartsWith($"curl -sS -i {Gateway.Url}v1/chat/completions"));
    }

    [Fact]
    public async Task A_model_that_the_gateway_does_not_have_is_named()
    {
        await IssueKeyAsync();

        var report = await ValidateAsync(model: "gpt-99");

        Of(report, "chat_call").Seen.Should().Be("400: 400: unknown model: gpt-99");
        Of(report, "chat_call").Causes.Should().Equal("The gateway has no model gpt-99: --model names one that it has");
    }

    [Fact]
    public async Task Where_no_gateway_is_the_database_is_looked_at_all_the_same()
    {
        var port = RedisServer.FreePort();

        var report = await ValidateAsync(baseUrl: new Uri($"http://127.0.0.1:{port}/"));

        Verdicts(report).Take(4).Should().Equal(
            ("service", ValidationVerdict.Failed), ("database", ValidationVerdict.Passed),
                ("chat_call", ValidationVerdict.Failed), ("rows", ValidationVerdict.NotTried));
        Of(report, "service").Seen.Should().Contain($"127.0.0.1:{port}").And.Contain("Connection refused");
        Of(report, "service").Next.Should().StartWith("cleangateway serve");
    }

    [Fact]
    public async Task Another_program_on_the_port_is_no_gateway()
    {
        var report = await ValidateAsync(baseUrl: new Uri($"http://127.0.0.1:{Upstream.Port}/"));

        Of(report, "service").Should().Match<ValidationCheck>(check =>
            check.Verdict == ValidationVerdict.Failed && check.Seen.EndsWith("this is no CleanGateway"));
    }

    [Theory]
    [InlineData("{\"status\": 200}", "application/json")]
    [InlineData("{\"status\": \"ready\"}", "application/json; charset=bogus")]
    [InlineData("[]", "text/html; charset=\"")]
    public async Task An_odd_answer_is_judged_and_ends_nothing(string health, string contentType)
    {
        await using var odd = new FakeUpstream
        {
            Answer = call => call.RespondAsync(200, call.Request.Path == "/health" ? "OK" : health, contentType),
        };

        var report = await ValidateAsync(baseUrl: new Uri($"http://127.0.0.1:{odd.Port}/"));

        Of(report, "service").Seen.Should().Contain(health == "[]" ? "this is no CleanGateway" : "/health answered OK; status ");
        Of(report, "chat_call").Seen.Should().Be("200, but without the X-Request-ID of a CleanGateway");
        report.Passed.Should().BeFalse();
    }

    [Fact]
    public async Task Answers_that_a_proxy_takes_the_headers_out_of_are_not_passed_unmeasured()
    {
        await IssueKeyAsync();
        using var http = new HttpClient { BaseAddress = Gateway.Url };
        var posts = 0;
        await using var proxy = new FakeUpstream { Answer = ForwardAsync };

        var report = await ValidateAsync(baseUrl: new Uri($"http://127.0.0.1:{proxy.Port}/"));

        Verdicts(report).Should().Contain([
            ("join", ValidationVerdict.Passed), ("calls", ValidationVerdict.Passed),
                ("overhead", ValidationVerdict.Failed), ("no_row_lost", ValidationVerdict.Failed),
        ]);
        Of(report, "overhead").Seen.Should().Be($"0 of {Calls} answers carry X-DB-Overhead: it was not measured");
        Of(report, "no_row_lost").Seen.Should().StartWith($"1 of {Calls} calls")
            .And.Contain($"; {Calls - 1} answers carried no X-Request-ID of their own");
        Of(report, "no_row_lost").Causes.Should().ContainSingle().Which.Should().StartWith("A proxy takes the gateway's headers out");

        // The first two POSTs keep their ids: the third check's, and one of the series.
        async Task ForwardAsync(UpstreamCall call)
        {
            using var request = new HttpRequestMessage(new HttpMethod(call.Request.Method), call.Request.Path);
            if (call.Request.Method == "POST")
            {
                request.Content = new StringContent(call.Request.Body, System.Text.Encoding.UTF8, "application/json");
                request.Headers.TryAddWithoutValidation("Authorization", call.Request.Headers["Authorization"]);
                posts++;
            }

            using var answer = await http.SendAsync(request, Stop);
            string[] kept = posts <= 2 && answer.Headers.TryGetValues("X-Request-ID", out var ids) ? [$"X-Request-ID: {ids.Single()}"] : [];
            await call.RespondAsync((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop), headers: kept);
        }
    }

    [Fact]
    public async Task A_database_that_is_down_fails_and_the_call_is_made()
    {
        await IssueKeyAsync();
        var port = RedisServer.FreePort();

        var report = await ValidateAsync(database: TestDatabase.At(Gateway.DatabaseUrl, port: port));

        Verdicts(report).Take(5).Should().Equal(
            ("service", ValidationVerdict.Passed), ("database", ValidationVerdict.Failed), ("chat_call", ValidationVerdict.Passed),
            ("rows", ValidationVerdict.NotTried), ("join", ValidationVerdict.NotTried));
        Of(report, "orphans").Verdict.Should().Be(ValidationVerdict.NotTried);
        Of(report, "database").Next.Should().Contain($"pg_isready -h 127.0.0.1 -p {port}");
    }

    [Theory]
    [InlineData("wrong password", null, "28P01", "The password is wrong")]
    [InlineData(null, "nowhere", "3D000", "The database does not exist")]
    public async Task A_database_that_refuses_is_told_by_its_reason(string? password, string? name, string state, string cause)
    {
        var report = await ValidateAsync(database: TestDatabase.At(Gateway.DatabaseUrl, database: name, password: password));

        Of(report, "database").Seen.Should().Contain(state).And.NotContain("wrong password");
        Of(report, "database").Causes[0].Should().StartWith(cause);
    }

    [Fact]
    public async Task Rows_that_are_in_another_database_are_missing_from_this_one()
    {
        await IssueKeyAsync();
        await using var other = await migrated.CopyAsync();

        var report = await ValidateAsync(database: other.Url);

        Verdicts(report).Should().Contain([
            ("database", ValidationVerdict.Passed), ("rows", ValidationVerdict.Failed),
                ("join", ValidationVerdict.NotTried), ("no_row_lost", ValidationVerdict.Failed),
        ]);
        Of(report, "rows").Seen.Should().StartWith("0 rows in requests and 0 in responses for req_").And.EndWith("after 0.3 s; the log is empty");
        Of(report, "rows").Causes[0].Should().StartWith("It is another database than the gateway's");
        Of(report, "no_row_lost").Seen.Should().StartWith($"0 of {Calls} calls");
        report.Figures.CallsInLog.Should().Be(0);
    }

    [Fact]
    public async Task Halves_of_calls_are_found_and_so_is_the_foreign_key_that_would_have_kept_them_together()
    {
        await using var broken = await migrated.CopyAsync();
        await broken.ExecuteAsync("ALTER TABLE responses DROP CONSTRAINT responses_request_id_fk_request_created_at_fkey");
        var id = Domain.RequestLogs.RequestId.New(TimeProvider.System.GetUtcNow());
        var older = Domain.RequestLogs.RequestId.New(TimeProvider.System.GetUtcNow().AddDays(-3));
        await broken.ExecuteAsync(
            $"""
            INSERT INTO requests (created_at, request_id, api_key, route, method, url, body_form, stream, start_time, end_time, status_code)
            VALUES ('{older.CreatedAt:O}', '{older}', gen_random_uuid(), '/', 'POST', '/', 'none', false, now(), now(), 200);
            INSERT INTO responses (request_id_fk, request_created_at, created_at, outcome, status_code, latency_ms, body_form, cost)
            VALUES (4711, '{id.CreatedAt:O}', now(), 'ok', 200, 1, 'none', 0)
            """);

        var report = await ValidateAsync(database: broken.Url, calls: 0);
        var today = await ValidateAsync(database: broken.Url, calls: 0, days: 1);

        Of(report, "database").Seen.Should()
            .Contain("1 differences from this version's schema: constraint responses_request_id_fk_request_created_at_fkey");
        Of(report, "foreign_key").Verdict.Should().Be(ValidationVerdict.Failed);
        Of(report, "orphans").Verdict.Should().Be(ValidationVerdict.Failed);
        Of(report, "orphans").Seen.Should().Be(
            "1 responses without a request, 1 requests without a response; 1 requests of 4 days; requests.id 4711 is missing, for example");
        (today.Figures.Orphans, today.Figures.Unanswered, today.Figures.DaysLookedAt).Should().Be((1, 0, 1));
        Of(report, "calls").Should().Match<ValidationCheck>(check => check.Verdict == ValidationVerdict.NotTried);
    }

    [Fact]
    public async Task Logging_that_takes_longer_than_it_may_fails()
    {
        await IssueKeyAsync();

        var report = await ValidateAsync(overheadMs: 0.0001);

        report.Passed.Should().BeFalse();
        Of(report, "overhead").Verdict.Should().Be(ValidationVerdict.Failed);
        Of(report, "overhead").Causes.Should().Contain(cause => cause.Contains("LOG_BUFFER=direct"));
        Of(report, "no_row_lost").Verdict.Should().Be(ValidationVerdict.Passed);
    }

    [Fact]
    public async Task Calls_that_a_limit_refuses_fail_the_run_and_are_in_the_log_like_all_others()
    {
        await IssueKeyAsync();
        await SqlAsync("UPDATE api_keys SET rate_limit = 5");
        await Gateway.SettledAsync();

        var report = await ValidateAsync();

        Of(report, "calls").Verdict.Should().Be(ValidationVerdict.Failed);
        Of(report, "calls").Seen.Should().StartWith($"4 of {Calls} answered with 200").And.EndWith("others: 429 429: rate limit exceeded");
        Of(report, "calls").Causes[0].Should().StartWith($"The key's rate limit is lower than {Calls} calls in a minute");
        Of(report, "no_row_lost").Verdict.Should().Be(ValidationVerdict.Passed);
    }

    [Fact]
    public async Task A_database_of_an_older_version_is_told_with_the_command_that_mends_it()
    {
        await using var empty = await SideDatabase.CreateAsync(Gateway);

        var report = await ValidateAsync(database: empty.Url, calls: 0);

        Of(report, "database").Verdict.Should().Be(ValidationVerdict.Failed);
        Of(report, "database").Next.Should().Equal("cleangateway db migrate");
        Of(report, "orphans").Causes.Should().Equal("It is another database than the gateway's, or was not migrated");
    }

    private async Task<ValidationReport> ValidateAsync(
        Uri? baseUrl = null, DatabaseUrl? database = null, string model = "echo", string? adminToken = null, int calls = Calls, int days = 7,
        double overheadMs = 10_000)
    {
        // Missing is what is not there after a moment: it is in no database that these tests ask in vain.
        var patient = database is null;
        await using var validation = new GatewayValidation(
            new ValidationTarget
            {
                BaseUrl = baseUrl ?? Gateway.Url, Database = database ?? Gateway.DatabaseUrl, ApiKey = Key,
                    ApiKeyInShell = "$(cat demo.key)", AdminToken = adminToken,
                Model = model, Calls = calls, Days = days, OverheadTargetMs = overheadMs, Patience = TimeSpan.FromSeconds(patient ? 20 : 0.3),
            },
            [], TimeProvider.System);
        await foreach (var _ in validation.FiveChecksAsync(Stop))
        {
        }

        await foreach (var _ in validation.FiguresAsync(Stop))
        {
        }

        return validation.Report;
    }

    private static ValidationCheck Of(ValidationReport report, string name) => report.Checks.Single(check => check.Name == name);

    private static IEnumerable<(string Name, ValidationVerdict Verdict)> Verdicts(ValidationReport report) =>
        report.Checks.Select(check => (check.Name, check.Verdict == ValidationVerdict.Warning ? ValidationVerdict.Passed : check.Verdict));
}
