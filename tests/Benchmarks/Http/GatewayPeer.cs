using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using Npgsql;

namespace CleanGateway.Benchmarks.Http;

/// <summary>What a gateway of the run does with its calls.</summary>
/// <param name="Limits">Whether key and project have limits and budgets, which have to be looked at with every call.</param>
/// <param name="Redis">Where these are counted; null: in the gateway.</param>
internal sealed record GatewayProfile(
    string Name, string Description, bool Limits, string? Redis, IReadOnlyList<(string Name, string Value)> Settings);

/// <summary>The gateway, as a release, on a database of its own on the run's server.</summary>
internal sealed partial class GatewayPeer(GatewayProfile profile, string program, string folder, DatabaseUrl database, int upstreamPort)
    : Peer
{
    private const string Key = "bench-key-0123456789";

    // No call comes near them, and every call has them looked at.
    private const string Limits =
        "rate_limit = 100000000, tokens_per_minute = 1000000000000, max_concurrent = 100000, monthly_budget = 1000000";

    private static readonly TimeSpan StillFor = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource books = NpgsqlDataSource.Create(database.ToConnectionString().ConnectionString + ";Maximum Pool Size=2");
    private readonly HttpClient admin = new(new SocketsHttpHandler { UseProxy = false });
    private int adminPort;
    private ChildProcess? process;

    public override string Name => profile.Name;
    public override string Description => profile.Description;
    public override IReadOnlyList<int> Processes => process is null ? [] : [process.Id];
    public override IReadOnlyDictionary<string, string> Headers { get; } = new Dictionary<string, string> { ["Authorization"] = $"Bearer {Key}" };

    private string DataFolder => Path.Combine(folder, "data");

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        // The first start makes the database; afterwards it is there, as it is whenever a gateway is started again.
        await LaunchAsync(cancellationToken);
        while (!await IsReadyAsync(cancellationToken))
        {
            if (process!.HasEnded)
                throw new InvalidOperationException($"{Name} has ended: {process.LastWords}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        await ServeAsync(cancellationToken);
        await process!.DisposeAsync();
    }

    public override Task LaunchAsync(CancellationToken cancellationToken)
    {
        (Port, adminPort) = (FreePort(), FreePort());
        process = ChildProcess.Start(program, [], folder,
        [
            ("DATABASE_URL", database.Reveal()), ("DATA_DIR", DataFolder), ("LOG_LEVEL", "warning"),
            ("GATEWAY_HTTP_PORT", Text(Port)), ("ADMIN_HTTP_PORT", Text(adminPort)),
            .. profile.Redis is { } redis ? [("REDIS_ADDRESS", redis)] : Array.Empty<(string, string)>(),
            .. profile.Settings,
        ]);
        return Task.CompletedTask;
    }

    public override async Task SettleAsync(long answered, CancellationToken cancellationToken)
    {
        // The sums are written in the statement that writes the rows: one row to look at instead of all of them.
        var (clock, still, last) = (TimeProvider.System, TimeProvider.System.GetTimestamp(), -1L);
        while (last < answered && clock.GetElapsedTime(still) < StillFor)
        {
            var now = await ScalarAsync<long>("SELECT coalesce(sum(total_requests), 0)::bigint FROM monthly_usage_summary", cancellationToken);
            if (now != last)
                (last, still) = (now, clock.GetTimestamp());
            if (last < answered)
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    public override async Task<InnerFigures> ReadAsync(CancellationToken cancellationToken)
    {
        var metrics = await AdminAsync("/metrics", cancellationToken);
        return new InnerFigures(
            AllocatedBytes().Match(metrics) is { Success: true } allocated
                ? double.Parse(allocated.Groups[1].Value, CultureInfo.InvariantCulture)
                : null,
            Histogram.Find(metrics, "cleangateway_journal_wait_seconds"),
            metrics.Contains("\ncleangateway_budgets_in_database 1\n", StringComparison.Ordinal)
                ? "budgets were counted in the database, as where Redis is too slow"
                : null);
    }

    public override async Task<IReadOnlyList<string>> CheckBooksAsync(long answered, long failed, CancellationToken cancellationToken)
    {
        await SettleAsync(answered + failed, cancellationToken);
        List<string> differences = [];
        void Compare(string what, object found, object expected, bool agrees)
        {
            if (!agrees)
                differences.Add(string.Create(CultureInfo.InvariantCulture, $"{Name}: {what} is {found}, expected {expected}"));
        }

        foreach (var (table, rows) in new[]
        {
            ("requests", "SELECT count(*) FROM requests WHERE status_code = 200"),
            ("responses", "SELECT count(*) FROM responses WHERE status_code = 200"),
            ("usage_records", failed == 0
                ? "SELECT count(*) FROM usage_records"
                : "SELECT count(*) FROM usage_records u JOIN requests r USING (request_id) WHERE r.status_code = 200"),
        })
        {
            // Of calls that failed at the caller's side the gateway may have answered some all the same.
            var count = await ScalarAsync<long>(rows, cancellationToken);
            Compare($"number of rows in {table}", count, answered, count >= answered && count <= answered + failed);
        }

        if (!profile.Limits)
            return differences;

        var ledger = await ScalarAsync<decimal>("SELECT sum(total_cost_usd) FROM usage_records", cancellationToken);
        foreach (var table in new[] { "api_keys", "projects" })
        {
            var spent = await ScalarAsync<decimal>(
                $"SELECT sum(spent) FROM budgets WHERE scope_id IN (SELECT id FROM {table}) AND period LIKE '____:__'", cancellationToken);
            Compare($"spent of {table} in the database", spent, ledger, spent == ledger);
            var id = await ScalarAsync<Guid>($"SELECT id FROM {table} WHERE name = 'bench'", cancellationToken);
            var (counted, reserved) = await CountedAsync(id, cancellationToken);
            Compare($"spent of {table} as it is counted", counted, ledger, counted == ledger);
            Compare($"reserved of {table}", reserved, 0, reserved == 0);
        }

        return differences;
    }

    public override async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        process = null;
    }

    private async Task<(decimal Spent, decimal Reserved)> CountedAsync(Guid scope, CancellationToken cancellationToken)
    {
        using var budgets = JsonDocument.Parse(await AdminAsync($"/admin/budgets/{scope}", cancellationToken));
        var monthly = budgets.RootElement.GetProperty("budgets").EnumerateArray()
            .Single(budget => budget.GetProperty("kind").GetString() == "monthly");
        return (monthly.GetProperty("spent").GetDecimal(), monthly.GetProperty("reserved").GetDecimal());
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync("INSERT INTO providers (name, provider_type, config) VALUES ('upstream', 'openai_compatible', $1::jsonb)",
            $$"""{"base_url": "http://127.0.0.1:{{Text(upstreamPort)}}/v1", "allow_cidrs": ["127.0.0.0/8"]}""", cancellationToken);
        await ExecuteAsync(
            "INSERT INTO models (model_name, litellm_provider, input_cost_per_token, output_cost_per_token, max_output_tokens) "
                + "VALUES ($1, 'openai_compatible', 0.000003, 0.000015, 4096)",
            "bench", cancellationToken);
        await ExecuteAsync("INSERT INTO api_keys (name, key_hash) VALUES ('bench', $1)", Secret.Hash(Key), cancellationToken);
        if (!profile.Limits)
            return;

        await ExecuteAsync("INSERT INTO projects (name) VALUES ($1)", "bench", cancellationToken);
        await ExecuteAsync("UPDATE api_keys SET project_id = (SELECT id FROM projects) WHERE name = $1", "bench", cancellationToken);
        await ExecuteAsync($"UPDATE projects SET {Limits} WHERE name = $1", "bench", cancellationToken);
        await ExecuteAsync($"UPDATE api_keys SET {Limits} WHERE name = $1", "bench", cancellationToken);
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await admin.GetAsync(new Uri($"http://127.0.0.1:{Text(Port)}/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<string> AdminAsync(string path, CancellationToken cancellationToken)
    {
        var token = (await File.ReadAllTextAsync(Path.Combine(DataFolder, "admin.token"), cancellationToken)).Trim();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{Text(adminPort)}{path}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await admin.SendAsync(request, cancellationToken);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
    }

    private async Task ExecuteAsync(string sql, string value, CancellationToken cancellationToken)
    {
        await using var command = books.CreateCommand(sql);
        command.Parameters.AddWithValue(value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var command = books.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default!;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^dotnet_gc_heap_total_allocated_bytes_total(?:\{[^}]*\})? (\S+)$", RegexOptions.Multiline)]
    private static partial Regex AllocatedBytes();
}
