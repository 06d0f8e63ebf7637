using System.Globalization;
using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The commands of the proof of concept's testing guide, demo and closeout pack.</summary>
public class DocumentTestsProofOfConcept(GatewayFixture gateway) : DocumentTest(gateway)
{
    [Fact]
    public async Task The_call_and_both_queries_find_each_other()
    {
        await ServeGpt4oMiniAsync();

        var answer = await ShellAsync(Printed.TestingGuide000.Chat);
        var requests = await ShellAsync(Printed.TestingGuide000.LatestRequests);
        var responses = await ShellAsync(Printed.TestingGuide000.LatestResponses);

        answer.Output.Should().EndWith("\nHTTP:200\n");
        var completion = JsonDocument.Parse(answer.Output[..answer.Output.IndexOf("\nHTTP:", StringComparison.Ordinal)]).RootElement;
        completion.GetProperty("object").GetString().Should().Be("chat.completion");

        var request = PsqlTable.Parse(requests.Output);
        request.Columns.Should().Equal(PsqlTable.Cells(Printed.TestingGuide000.LatestRequestsHeading));
        request.Rows.Should().ContainSingle();
        request.First("request_id").Should().Be(answer.Header("X-Request-ID"));
        (request.First("route"), request.First("model"), request.First("status_code")).Should().Be(("/v1/chat/completions", "gpt-4o-mini", "200"));

        var response = PsqlTable.Parse(responses.Output);
        response.Columns.Should().Equal(PsqlTable.Cells(Printed.TestingGuide000.LatestResponsesHeading));
        response.Rows.Should().ContainSingle();
        (response.First("request_id"), response.First("model")).Should().Be((answer.Header("X-Request-ID"), "gpt-4o-mini"));
        decimal.Parse(response.First("latency_ms"), CultureInfo.InvariantCulture).Should().BePositive();
    }

    [Fact]
    public async Task The_closeout_packs_call_is_answered()
    {
        await ServeGpt4oMiniAsync();

        var answer = await ShellAsync(Printed.Closeout004.Chat);

        answer.Status.Should().Be("200");
        JsonDocument.Parse(answer.Output).RootElement.GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(12);
    }

    [Theory]
    [InlineData(Printed.TestingGuide000.ChatWithoutKey)]
    [InlineData(Printed.Demo003.ChatWithoutKey)]
    public async Task A_call_without_a_key_is_refused(string command)
    {
        await ServeGpt4oMiniAsync();

        var answer = await ShellAsync(command);

        answer.Status.Should().Be("401");
        ShouldBeSameJson(answer.Output, Printed.Guide001.MissingHeaderAnswer);
        Upstream.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task Health_is_public_and_says_no_more_than_status_words()
    {
        var answer = await ShellAsync(Printed.TestingGuide000.Health);

        answer.Status.Should().Be("200");
        Leaves(JsonDocument.Parse(answer.Output).RootElement).Should().NotBeEmpty().And.OnlyContain(
            leaf => leaf.ValueKind == JsonValueKind.String && leaf.GetString()!.Length < 20 && leaf.GetString()!.All(IsOfAWord));
    }

    [Theory]
    [InlineData(Printed.TestingGuide000.DatabaseStatistics)]
    [InlineData(Printed.Demo003.Requests)]
    [InlineData(Printed.Demo003.Responses)]
    public async Task What_shows_traffic_needs_the_admin_token(string command)
    {
        await IssueKeyAsync();

        (await ShellAsync(command)).Status.Should().Be("401");
        (await ShellAsync($"{command} -H 'Authorization: Bearer {Key}'")).Status.Should().Be("401", "a caller is no administrator");
        (await ShellAsync(command + " -H \"Authorization: Bearer $ADMIN_TOKEN\"")).Status.Should().Be("200");
    }

    [Fact]
    public async Task The_latest_five_requests_and_responses_are_shown_newest_first()
    {
        await ServeGpt4oMiniAsync();
        var ids = new List<string>();
        for (var call = 0; call < 7; call++)
            ids.Add((await ShellAsync(Printed.Closeout004.Chat)).Header("X-Request-ID"));

        var requests = await AdminAsync(Printed.Demo003.Requests);
        var responses = await AdminAsync(Printed.Demo003.Responses);
        var ten = await AdminAsync(Printed.Demo003.TenRequests.Replace("GET ", "curl http://localhost:8000", StringComparison.Ordinal));

        ids.Reverse();
        Ids(requests).Should().Equal(ids.Take(5));
        Ids(responses).Should().Equal(ids.Take(5));
        Ids(ten).Should().Equal(ids);
        requests.GetProperty("data").EnumerateArray().Should().OnlyContain(item =>
            item.GetProperty("model").GetString() == "gpt-4o-mini" && item.GetProperty("status_code").GetInt32() == 200);
        responses.GetProperty("data").EnumerateArray().Should().OnlyContain(item => item.GetProperty("latency_ms").GetDecimal() > 0);

        static IEnumerable<string?> Ids(JsonElement list) =>
            list.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("request_id").GetString());
    }

    [Fact]
    public async Task Database_statistics_show_counts_reuse_and_overhead()
    {
        await ServeGpt4oMiniAsync();
        await ShellAsync(Printed.Closeout004.Chat);
        await ShellAsync(Printed.Closeout004.Chat);

        var statistics = await AdminAsync(Printed.Demo003.DatabaseStatistics);

        statistics.GetProperty("requests").GetProperty("count").GetInt64().Should().Be(2);
        statistics.GetProperty("responses").GetProperty("count").GetInt64().Should().Be(2);
        statistics.GetProperty("connection_pool").GetProperty("reuse_rate").GetDecimal().Should().BeInRange(0, 1);
        var overhead = statistics.GetProperty("logging_overhead");
        var percentiles = new[] { "p50_ms", "p95_ms", "p99_ms", "max_ms" }.Select(name => overhead.GetProperty(name).GetDouble()).ToList();
        percentiles[0].Should().BePositive();
        percentiles.Should().BeInAscendingOrder();
    }

    [Fact]
    public async Task The_tables_are_there()
    {
        var answer = await ShellAsync(Printed.TestingGuide000.Tables);

        PsqlTable.Parse(answer.Output).Rows.Select(row => row[1]).Should().Contain(["requests", "responses"]);
    }

    private async Task<JsonElement> AdminAsync(string command)
    {
        var answer = await ShellAsync(command + " -H \"Authorization: Bearer $ADMIN_TOKEN\"");
        answer.Status.Should().Be("200");
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    // The model needs no row: the gateway knows it.
    private async Task ServeGpt4oMiniAsync()
    {
        await IssueKeyAsync("TEST_KEY");
        await ServeAsync();
    }

    private static bool IsOfAWord(char letter) => char.IsAsciiLetterLower(letter) || letter == '_';

    private static IEnumerable<JsonElement> Leaves(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Leaves(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Leaves),
        _ => [element],
    };
}
