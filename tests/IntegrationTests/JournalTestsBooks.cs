using System.Net;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Requests, responses, ledger and monthly sums agree, whatever comes at once or twice.</summary>
public class JournalTestsBooks(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const int Replays = 8;

    private static ExchangeRow Answered(DateTimeOffset at) => ExchangeRow.Of(Exchanges.Answered(at));

    private ExchangeWriter Writer => new(Gateway.Services.GetRequiredService<GatewayDatabase>());

    [Fact]
    public async Task What_is_written_again_is_there_once_and_counts_once()
    {
        var now = TimeProvider.System.GetUtcNow();
        ExchangeRow[] batch = [Answered(now), Answered(now), Answered(now)];

        await Writer.WriteAsync(batch[..2], Stop);
        await Writer.WriteAsync(batch, Stop);
        await Writer.WriteAsync([batch[2], batch[2]], Stop);

        await CountsShouldBeAsync(3);
    }

    [Fact]
    public async Task Replays_at_the_same_time_count_once()
    {
        var now = TimeProvider.System.GetUtcNow();
        ExchangeRow[] batch = [.. Enumerable.Range(0, 50).Select(_ => Answered(now))];

        await Task.WhenAll(Enumerable.Range(0, Replays).Select(async _ =>
        {
            await using var replica = new GatewayDatabase(Gateway.DatabaseUrl, maxConnections: 3);
            await new ExchangeWriter(replica).WriteAsync(batch, Stop);
        }));

        await CountsShouldBeAsync(50);
    }

    [Fact]
    public async Task A_batch_is_stored_whole_or_not_at_all()
    {
        var now = TimeProvider.System.GetUtcNow();
        await SqlAsync("ALTER TABLE monthly_usage_summary ADD CONSTRAINT full_up CHECK (total_requests < 3)");
        try
        {
            await Writer.WriteAsync([Answered(now), Answered(now)], Stop);
            var oneTooMany = () => Writer.WriteAsync([Answered(now)], Stop);

            await oneTooMany.Should().ThrowAsync<Npgsql.PostgresException>();
            await CountsShouldBeAsync(2);
        }
        finally
        {
            await SqlAsync("ALTER TABLE monthly_usage_summary DROP CONSTRAINT full_up");
        }
    }

    [Fact]
    public async Task The_books_of_two_hundred_calls_at_once_agree_to_the_nano_dollar()
    {
        const int Calls = 200;
        string[] keys = ["key-one", "key-two", "key-three", "key-four", "key-five"];
        var ids = new List<Guid>();
        foreach (var key in keys)
            ids.Add(await IssueKeyAsync(key));

        await ServeAsync();
        await SqlAsync("UPDATE models SET input_cost_per_token = 0.0000001234567891, output_cost_per_token = 0.000000333");
        await SqlAsync("INSERT INTO models (model_name, litellm_provider) VALUES ('unpriced', 'openai')");
        await Gateway.SettledAsync();
        Upstream.Answer = call =>
        {
            var number = call.Request.Json.GetProperty("seed").GetInt32();
            var usage = $$"""{"prompt_tokens":{{PromptTokens(number)}},"completion_tokens":{{number}},"total_tokens":0}""";
            return call.RespondAsync(200, $$"""{"id":"c","object":"chat.completion","model":"m","choices":[],"usage":{{usage}}}""");
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, Calls).Select(number =>
            PostAsync($$"""{"model":"{{(IsUnpriced(number) ? "unpriced" : "gpt-4")}}","messages":[{"role":"user","content":"Hi"}],"seed":{{number}}}""", keys[number % keys.Length])));

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
        var expected = Enumerable.Range(0, Calls).GroupBy(number => ids[number % ids.Count]).Select(calls => string.Join(' ', [
            calls.Key, calls.Count(), calls.Sum(PromptTokens), calls.Sum(number => number),
            calls.Where(IsPriced).Sum(Cost), calls.Count(IsUnpriced)])).ToList();
        (await LinesAsync(
            """
            SELECT concat_ws(' ', api_key_id, total_requests, prompt_tokens, completion_tokens, total_cost_usd, unpriced_requests)
            FROM monthly_usage_summary
            """)).Should().BeEquivalentTo(expected);
        (await LinesAsync(Sums("usage_records", "api_key_id", "total_cost_usd"))).Should().BeEquivalentTo(expected);
        (await LinesAsync(Sums("requests q JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at", "q.api_key", "cost")))
            .Should().BeEquivalentTo(expected);
        (await ScalarAsync<long>("SELECT count(*) FROM requests q FULL JOIN responses r ON r.request_id_fk = q.id WHERE q.id IS NULL OR r.id IS NULL"))
            .Should().Be(0);

        static bool IsUnpriced(int number) => number % 10 == 9;
        static bool IsPriced(int number) => !IsUnpriced(number);
        static long PromptTokens(int number) => 7L * number + 1;
        static decimal Cost(int number) => decimal.Round(PromptTokens(number) * 0.0000001234567891m + number * 0.000000333m, 9, MidpointRounding.ToEven);
    }

    private static string Sums(string tables, string key, string cost) =>
        $"""
        SELECT concat_ws(' ', {key}, count(*), sum(prompt_tokens), sum(completion_tokens), sum({cost}), count(*) FILTER (WHERE unpriced_reason IS NOT NULL))
        FROM {tables} GROUP BY {key}
        """;

    private async Task<IEnumerable<string>> LinesAsync(string sql) => (await RowsAsync(sql)).Select(row => (string)row[0]!);

    private async Task CountsShouldBeAsync(long exchanges)
    {
        (await RowsAsync(
            """
            SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM responses), (SELECT count(*) FROM usage_records),
                   (SELECT total_requests FROM monthly_usage_summary), (SELECT total_tokens FROM monthly_usage_summary),
                   (SELECT total_cost_usd FROM monthly_usage_summary)
            """)).Single().Should().Equal(exchanges, exchanges, exchanges, exchanges, 12 * exchanges, 0.00045m * exchanges);
    }
}
