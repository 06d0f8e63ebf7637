using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Providers that count oddly, or not at all: what the books and the budget make of it.</summary>
public class MeteringTestsUsage(GatewayFixture gateway) : LimitedKeyTest(gateway)
{
    private const int Asked = 8;

    public static TheoryData<string, string?> NotUsable => new()
    {
        { "absent", null },
        { "null", "null" },
        { "empty", "{}" },
        { "half of it", """{"prompt_tokens":5}""" },
        { "not an object", "[1,2]" },
        { "negative", """{"prompt_tokens":5,"completion_tokens":-1,"total_tokens":4}""" },
        { "huge", """{"prompt_tokens":5,"completion_tokens":9223372036854775807,"total_tokens":9223372036854775807}""" },
        { "beyond numbers", """{"prompt_tokens":5,"completion_tokens":1e400,"total_tokens":1}""" },
        { "float", """{"prompt_tokens":5,"completion_tokens":2.5,"total_tokens":7.5}""" },
        { "string", """{"prompt_tokens":"5","completion_tokens":"2","total_tokens":"7"}""" },
    };

    [Theory]
    [MemberData(nameof(NotUsable))]
    public async Task What_cannot_be_is_estimated_and_never_more_than_was_held(string what, string? usage)
    {
        foreach (var stream in new[] { false, true })
        {
            var id = await BeginAsync();
            Upstream.Answer = Reporting(usage);

            using var answer = await WholeAsync(Chat(Asked, stream));

            ((int)answer.StatusCode).Should().Be(200, what);
            var (output, cost, source) = await OnlyLineAsync(id);
            source.Should().Be("estimated");
            output.Should().BeInRange(1, Asked);
            cost.Should().Be(output * PerToken);
        }
    }

    [Theory]
    [InlineData("what was held", Asked)]
    [InlineData("less", 0)]
    [InlineData("more than was held", 50)]
    public async Task What_the_provider_counted_is_what_it_costs(string what, long counted)
    {
        foreach (var stream in new[] { false, true })
        {
            var id = await BeginAsync();
            Upstream.Answer = Reporting(UsageOf(counted));

            using var answer = await WholeAsync(Chat(Asked, stream));

            ((int)answer.StatusCode).Should().Be(200, what);
            (await OnlyLineAsync(id)).Should().Be((counted, counted * PerToken, "provider"));
        }
    }

    [Fact]
    public async Task Usage_that_is_told_twice_counts_once()
    {
        var id = await BeginAsync();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayWordAsync("Hi");
            await call.SayFinishAsync();
            await call.SayAsync(Chunk("[]", UsageOf(3)));
            await call.SayAsync(Chunk("[]", UsageOf(3)));
            await call.SayAsync("[DONE]");
            await call.EndAsync();
        };

        using var answer = await WholeAsync(Chat(Asked, stream: true));

        (await OnlyLineAsync(id)).Should().Be((3L, 3 * PerToken, "provider"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_members_of_that_name_the_last_counts(bool stream)
    {
        var id = await BeginAsync();
        Upstream.Answer = Reporting($"{UsageOf(2)},\"usage\":{UsageOf(3)}");

        using var answer = await WholeAsync(Chat(Asked, stream));

        (await OnlyLineAsync(id)).Should().Be((3L, 3 * PerToken, "provider"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Usage_that_grows_with_every_chunk_is_what_it_was_last(bool ends)
    {
        var id = await BeginAsync();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            for (var word = 1; word <= 6; word++)
                await call.SayAsync(Chunk("""[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]""", UsageOf(word)));
            if (ends)
            {
                await call.SayFinishAsync();
                await call.SayAsync("[DONE]");
            }

            await call.EndAsync();
        };

        using var answer = await PostAsync(Chat(Asked, stream: true));
        (await ReadToEndAsync(answer)).Broke.Should().Be(!ends);

        (await OnlyLineAsync(id)).Should().Be((6L, 6 * PerToken, "provider"));
    }

    private static string Chunk(string choices, string usage) =>
        $$"""{"id":"c1","object":"chat.completion.chunk","choices":{{choices}},"usage":{{usage}}}""";

    private async Task<Guid> BeginAsync()
    {
        await Gateway.ResetAsync();
        await ServeForOutputAsync();
        return await LimitedKeyAsync("monthly_budget = 1");
    }

    /// <summary>The one line of the ledger, after checking that everything else agrees with it.</summary>
    private async Task<(long Output, decimal Cost, string Source)> OnlyLineAsync(Guid id)
    {
        await Eventually.IsTrueAsync(async () => await ScalarAsync<long>("SELECT count(*) FROM usage_records") > 0, "the call is in the ledger");
        var line = (await RowsAsync("SELECT completion_tokens, total_cost_usd, usage_source FROM usage_records")).Single();
        var (output, cost, source) = ((long)line[0]!, (decimal)line[1]!, (string)line[2]!);
        (await RowsAsync("SELECT completion_tokens, cost FROM responses")).Should().ContainSingle().Which.Should().Equal(output, cost);
        (await RowsAsync("SELECT DISTINCT spent FROM budgets WHERE scope_id = $1", id)).Should().ContainSingle().Which.Should().Equal(cost);
        await Eventually.IsTrueAsync(async () => await BudgetAsync(id) == (cost, 0m), "the budget is settled");
        return (output, cost, source);
    }
}
