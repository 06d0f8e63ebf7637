using System.Diagnostics;
using CleanGateway.Infrastructure.Admission.Redis;
using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// Counts what a gateway asks of Redis and of its database while calls are made. What it does each second anyway, and
/// what its journal does, is no one's call.
/// </summary>
internal sealed class Trips : IDisposable
{
    private const string Journal = "INSERT INTO requests";
    private static readonly string[] NotOfCalls = [Journal, "gateway_instances", "config_version", "budget_reservations"];
    private static readonly RedisScript[] ScriptsNotOfCalls = [MeterScripts.HeldBy, MeterScripts.Raise, MeterScripts.Renew];

    private readonly ActivityListener listener;
    private readonly Lock gate = new();
    private readonly List<RedisScript> scripts = [];
    private readonly List<string> statements = [];
    private bool begun;

    /// <param name="database">The name of the gateway's own.</param>
    public Trips(string database)
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => Ran(activity, database),
        };
        ActivitySource.AddActivityListener(listener);
    }

    public IReadOnlyList<RedisScript> Scripts => [.. Seen(scripts).Where(script => !ScriptsNotOfCalls.Contains(script))];

    /// <summary>Statements. Waits until what the journal writes is among those it has seen: so would be what calls ask.</summary>
    public async Task<IReadOnlyList<string>> StatementsAsync()
    {
        await Eventually.IsTrueAsync(
            () => Seen(statements).Any(text => text.Contains(Journal, StringComparison.Ordinal)), "the journal's statement is seen");
        return [.. Seen(statements).Where(text => !NotOfCalls.Any(known => text.Contains(known, StringComparison.Ordinal)))];
    }

    public void Begin()
    {
        lock (gate)
            begun = true;
    }

    public void Dispose() => listener.Dispose();

    /// <summary>The same scripts, told of here.</summary>
    public IRedisScripts Counted(IRedisScripts redis) => new CountedScripts(redis, this);

    private IReadOnlyList<T> Seen<T>(List<T> all)
    {
        lock (gate)
            return [.. all];
    }

    private void Ran(RedisScript script)
    {
        lock (gate)
        {
            if (begun)
                scripts.Add(script);
        }
    }

    private void Ran(Activity activity, string database)
    {
        lock (gate)
        {
            if (begun && activity.TagObjects.Any(tag => tag.Value is string text && text == database))
                statements.Add(TextOf(activity));
        }
    }

    private static string TextOf(Activity activity) => activity.TagObjects
        .Where(tag => tag.Key is "db.statement" or "db.query.text")
        .Select(tag => tag.Value as string)
        .SingleOrDefault() ?? activity.DisplayName;

    private sealed class CountedScripts(IRedisScripts redis, Trips trips) : IRedisScripts
    {
        public bool? IsConnected => redis.IsConnected;

        public Task<RedisReply> RunAsync(string script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, TimeSpan within) =>
            throw new NotSupportedException("Only the journal in Redis sends whole scripts.");

        public Task<RedisReply> RunAsync(RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, TimeSpan within)
        {
            trips.Ran(script);
            return redis.RunAsync(script, keys, arguments, within);
        }

        public Task<IReadOnlyDictionary<string, string>> InfoAsync(TimeSpan within) => redis.InfoAsync(within);

        public Task ReconnectAsync() => redis.ReconnectAsync();
    }
}
