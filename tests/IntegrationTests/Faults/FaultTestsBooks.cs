using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>The comparison of the books sees what all other tests of faults rely on it to see.</summary>
public class FaultTestsBooks(GatewayFixture gateway) : FaultTest(gateway)
{
    private static readonly (string What, string Made)[] Differences =
    [
        ("lost", "DELETE FROM responses; DELETE FROM usage_records; DELETE FROM monthly_usage_summary; DELETE FROM requests"),
        ("lost", "DELETE FROM responses"),
        ("orphan", "DELETE FROM requests"),
        ("orphan", "UPDATE requests SET user_id = 'somebody else'"),
        ("sum", "DELETE FROM usage_records"),
        ("sum", "UPDATE monthly_usage_summary SET total_cost_usd = total_cost_usd + 0.000000001"),
        ("sum", "UPDATE monthly_usage_summary SET total_requests = total_requests + 1"),
        ("sum", "UPDATE responses SET cost = cost - 0.000000001"),
        ("contradiction", "UPDATE responses SET outcome = 'gateway_crash'"),
        ("duplicate", """
            DO $$ BEGIN
                EXECUTE (SELECT string_agg('DROP INDEX ' || indexrelid::regclass, '; ') FROM pg_index
                         WHERE indrelid = 'responses'::regclass AND indisunique AND NOT indisprimary);
            END $$;
            INSERT INTO responses (
                request_id_fk, request_created_at, created_at, outcome, status_code, latency_ms, body_form, cost, unpriced_reason, usage_source)
            SELECT request_id_fk, request_created_at, created_at, outcome, status_code, latency_ms, body_form, cost, unpriced_reason, usage_source
            FROM responses
            """),
    ];

    [Fact]
    public async Task Every_difference_is_found()
    {
        var running = await ServeAsync();
        (await Callers.CallAsync("someone", stream: true)).Succeeded.Should().BeTrue();
        await EndsEvenAsync(running);
        Database.Source.Clear();

        foreach (var (what, made) in Differences)
        {
            await using var other = await TestDatabase.CreateAsync(Gateway.Database, Gateway.DatabaseUrl, $"TEMPLATE {Database.Name}");

            // The tables' own rules would keep some of it from happening; whether the books notice is asked all the same.
            await other.ExecuteAsync($"SET session_replication_role = replica; {made}");
            var balance = await Books.In(other.Source).CompareAsync();

            balance.IsEven.Should().BeFalse(made);
            Found(balance, what).Should().BePositive("{0} makes {1}, and this was found: {2}", made, what, balance);
        }
    }

    private static int Found(Balance balance, string what) => what switch
    {
        "lost" => balance.Lost,
        "orphan" => balance.Orphan,
        "sum" => balance.SumDifferences,
        "contradiction" => balance.Contradictions,
        _ => balance.Duplicate,
    };
}
