using CleanGateway.Application.Common;

namespace CleanGateway.Infrastructure.Redis;

/// <summary>The connection, with its answers timed.</summary>
internal sealed class MeasuredRedis(RedisConnection redis, GatewayMetrics metrics, TimeProvider clock) : IRedisScripts
{
    // Scripts that are sent whole are the journal's.
    private const string Journal = "journal";

    public bool? IsConnected => redis.IsConnected;

    public Task<RedisReply> RunAsync(string script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, TimeSpan within) =>
        MeasuredAsync(Journal, redis.RunAsync(script, keys, arguments, within));

    public Task<RedisReply> RunAsync(RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, TimeSpan within) =>
        MeasuredAsync(script.Name, redis.RunAsync(script, keys, arguments, within));

    public Task<IReadOnlyDictionary<string, string>> InfoAsync(TimeSpan within) => MeasuredAsync("info", redis.InfoAsync(within));

    public Task ReconnectAsync() => redis.ReconnectAsync();

    private async Task<T> MeasuredAsync<T>(string script, Task<T> asked)
    {
        var began = clock.GetTimestamp();
        var hasAnswered = false;
        try
        {
            var answer = await asked;
            hasAnswered = true;
            return answer;
        }
        finally
        {
            metrics.RedisAsked(script, clock.GetElapsedTime(began), hasAnswered);
        }
    }
}
