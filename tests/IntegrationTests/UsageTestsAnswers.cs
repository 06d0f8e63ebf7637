using System.Net;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Usage;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Reports from the ledger: who may have them, in which form, and what is said where there is none.</summary>
public class UsageTestsAnswers(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Sums =
        "requests,prompt_tokens,completion_tokens,total_tokens,cached_tokens,reasoning_tokens,total_cost_usd,unpriced_requests,estimated_requests";

    private static readonly Guid AKey = new("00000000-0000-4000-8000-000000000001");

    [Fact]
    public async Task They_are_on_the_admin_port_for_an_admin_token()
    {
        await IssueKeyAsync();

        (await StatusAsync(Gateway.AdminUrl, Gateway.AdminToken)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(Gateway.AdminUrl, null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(Gateway.AdminUrl, "wrong")).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(Gateway.AdminUrl, Key)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(Gateway.Url, Gateway.AdminToken)).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(Gateway.Url, null)).Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task On_the_public_port_nothing_tells_that_they_are_elsewhere()
    {
        using var posted = await Admin().PostAsync("/admin/usage", null, Stop);
        using var unknown = await Admin().PostAsync("/admin/unknown", null, Stop);

        (posted.StatusCode, posted.Content.Headers.Allow.Count).Should().Be((HttpStatusCode.NotFound, 0));
        var ofUnknown = await unknown.Content.ReadAsStringAsync(Stop);
        (await posted.Content.ReadAsStringAsync(Stop)).Should().Be(ofUnknown.Replace("/admin/unknown", "/admin/usage", StringComparison.Ordinal));
        using var there = await Admin(Gateway.AdminUrl).PostAsync("/admin/usage", null, Stop);
        (there.StatusCode, there.Content.Headers.Allow.Single()).Should().Be((HttpStatusCode.MethodNotAllowed, "GET"));
    }

    [Theory]
    [InlineData("format=csv", "*/*", "text/csv; charset=utf-8; header=present")]
    [InlineData("format=csv", "application/json", "text/csv; charset=utf-8; header=present")]
    [InlineData("", "text/csv", "text/csv; charset=utf-8; header=present")]
    [InlineData("", "text/html, text/csv;q=0.5, application/json;q=0.1", "text/csv; charset=utf-8; header=present")]
    [InlineData("", "*/*", "application/json; charset=utf-8")]
    [InlineData("", "text/csv;q=0.2, application/json", "application/json; charset=utf-8")]
    [InlineData("", "text/csv;q=0", "application/json; charset=utf-8")]
    [InlineData("format=json", "text/csv", "application/json; charset=utf-8")]
    public async Task The_form_is_the_one_that_is_named(string question, string accept, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/admin/usage?{question}");
        request.Headers.TryAddWithoutValidation("Accept", accept);

        using var response = await Admin(Gateway.AdminUrl).SendAsync(request, Stop);

        (response.StatusCode, response.Content.Headers.ContentType!.ToString()).Should().Be((HttpStatusCode.OK, type));
        response.Headers.Vary.Should().Equal("Accept");
    }

    [Fact]
    public async Task A_file_of_values_has_names_that_harm_no_one_and_sums_to_the_nano_dollar()
    {
        var key = await ScalarAsync<Guid>(
            "INSERT INTO api_keys (name, key_hash) VALUES ('=cmd|'' /C calc''!A0, \"x\"', repeat('0', 64)) RETURNING id");
        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", key, cost: 10_000_000_000.000000001m);
        await Gateway.Database.AddAsync("2025-03-05T11:00:00Z", AKey, "@model", cost: null);

        using var response = await GetAsync("group_by=key,model,day&from=2025-03-01&to=2025-04-01&format=csv");

        response.Content.Headers.ContentDisposition!.ToString().Should().StartWith("attachment; filename=usage.csv");
        (await response.Content.ReadAsStringAsync(Stop)).Should().Be(
            $"key_id,key_name,model,day,{Sums}\r\n"
            + $"{key},\"'=cmd|' /C calc'!A0, \"\"x\"\"\",gpt-4,2025-03-05,1,9,3,12,0,0,10000000000.000000001,0,0\r\n"
            + $"{AKey},,'@model,2025-03-05,1,9,3,12,0,0,0.000000000,1,0\r\n"
            + "total,,,,2,18,6,24,0,0,10000000000.000000001,1,0\r\n");
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_question_is_told_in_problem_details()
    {
        using var response = await GetAsync("group_by=week&from=soon&to=2026-11-01T00:00:00&key_id=me&format=xml");

        (response.StatusCode, response.Content.Headers.ContentType!.ToString()).Should().Be((HttpStatusCode.BadRequest, "application/problem+json"));
        var problem = await JsonAsync(response);
        (problem.GetProperty("title").GetString(), problem.GetProperty("status").GetInt32()).Should().Be(("Bad Request", 400));
        problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("param").GetString())
            .Should().Equal("group_by", "from", "to", "key_id", "format");
        problem.GetProperty("errors")[1].GetProperty("detail").GetString().Should().StartWith("'from' is 'soon': expected a date like 2026-11-01");
    }

    [Fact]
    public async Task A_missing_token_is_told_in_problem_details_too()
    {
        using var response = await Client(key: null, Gateway.AdminUrl).GetAsync("/admin/usage", Stop);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/problem+json");
        response.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");
        (await JsonAsync(response)).GetProperty("code").GetString().Should().Be("missing_authorization");
    }

    /// <summary>What the server says of a statement whose time is up is what it says of one that is cancelled.</summary>
    [Fact]
    public async Task An_answer_that_takes_too_long_is_not_waited_for()
    {
        await using var busy = await TableLock.TakeExclusivelyAsync(Gateway.Database, "usage_records");
        var asked = GetAsync("");
        await SqlAsync("SELECT pg_cancel_backend($1)", await busy.WaiterAsync());

        using var response = await asked;

        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        var problem = await JsonAsync(response);
        problem.GetProperty("code").GetString().Should().Be("usage_timeout");
        problem.GetProperty("detail").GetString().Should().Be("Summing this up takes the database longer than 8 seconds: ask for a shorter period.");
    }

    [Fact]
    public async Task The_database_itself_gives_up_when_the_time_is_up()
    {
        await using var busy = await TableLock.TakeExclusivelyAsync(Gateway.Database, "usage_records");
        var database = Gateway.Services.GetRequiredService<ReportsDatabase>();
        var handler = new GetUsageHandler(database, TimeProvider.System) { Deadline = TimeSpan.FromMilliseconds(50) };

        var ask = () => handler.Handle(new GetUsage(), Stop);

        (await ask.Should().ThrowAsync<GatewayException>()).Which.Error.Code.Should().Be("usage_timeout");
        await busy.ReleaseAsync();
        (await handler.Handle(new GetUsage(), Stop)).Rows.Should().BeEmpty();
    }

    [Fact]
    public async Task A_hundred_thousand_rows_are_given_and_one_more_is_refused()
    {
        await SqlAsync(
            """
            INSERT INTO usage_records (request_id, created_at, api_key_id, provider_id, model, total_cost_usd)
            SELECT n::text, '2025-03-05T10:00:00Z', $1, $1, 'model ' || n, 0.000000001 FROM generate_series(1, 100000) n
            """,
            AKey);
        const string Question = "group_by=model&from=2025-03-01&to=2025-04-01&format=csv";

        using var most = await GetAsync(Question);
        (await most.Content.ReadAsStringAsync(Stop)).Split("\r\n").Should().HaveCount(100_003)
            .And.HaveElementAt(100_001, "total,100000,0,0,0,0,0,0.000100000,0,0");

        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", AKey, "one more");
        using var refused = await GetAsync(Question);
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var problem = await JsonAsync(refused);
        problem.GetProperty("code").GetString().Should().Be("too_many_rows");
        problem.GetProperty("detail").GetString().Should().StartWith("The answer would have more than 100000 rows: ask for a shorter period");
        (await GetAsync(Question + "&model=one more")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private Task<HttpResponseMessage> GetAsync(string question) => Admin(Gateway.AdminUrl).GetAsync($"/admin/usage?{question}", Stop);

    private async Task<HttpStatusCode> StatusAsync(Uri url, string? token)
    {
        using var response = await Client(token, url).GetAsync("/admin/usage", Stop);
        return response.StatusCode;
    }
}
