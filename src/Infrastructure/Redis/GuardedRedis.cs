using CleanGateway.Infrastructure.Admission;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Redis;

/// <summary>What Redis says of itself.</summary>
/// <param name="RunId">Another one after each of its starts.</param>
/// <param name="MaxMemoryPolicy">What it does when its memory is full.</param>
internal sealed record RedisFacts(string RunId, string MaxMemoryPolicy);

/// <summary>
/// Redis for those whose callers wait: it answers soon, or it has failed; and when it keeps failing nobody waits for it, until
/// it has shown that it is back.
/// </summary>
internal sealed partial class GuardedRedis(IRedisScripts redis, GuardTimes times, TimeProvider clock, ILogger<GuardedRedis> logger) : IDisposable
{
    private const int MostInFlight = 512;
    private const int FailuresUntilReconnect = 3;

    private static readonly RedisScript Nothing = new("return {1}");

    private readonly RedisBreaker breaker = new(times, clock);
    private readonly SemaphoreSlim slots = new(MostInFlight);
    private int failedLooks;
    private Task reconnecting = Task.CompletedTask;

    /// <summary>False: calls fail at once.</summary>
    public bool IsAnswering => breaker.IsClosed;

    /// <param name="again">Whether the script may be run twice: it is sent once more when it is not known to have been run.</param>
    /// <exception cref="MeterUnavailableException">No answer, or not in time. The script may have been run all the same, or be run later.</exception>
    public async Task<RedisReply> RunAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, bool again = false)
    {
        if (!await slots.WaitAsync(times.Answer))
            throw new MeterUnavailableException($"More than {MostInFlight} calls wait for Redis.");

        try
        {
            return await OnceAsync(script, keys, arguments);
        }
        catch (RedisFailureException failure) when (!again || !breaker.IsClosed)
        {
            throw new MeterUnavailableException(failure.Message, failure);
        }
        catch (RedisFailureException)
        {
            return await LastTimeAsync(script, keys, arguments);
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>
    /// Finds out how Redis is, and lets calls through again when it is well. Not to be called by two at a time.
    /// </summary>
    /// <returns>Null: it does not answer.</returns>
    public async Task<RedisFacts?> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var info = await redis.InfoAsync(times.Look).WaitAsync(cancellationToken);
            failedLooks = 0;
            await ProbeAsync();
            return new RedisFacts(info.GetValueOrDefault("run_id", ""), info.GetValueOrDefault("maxmemory_policy", ""));
        }
        catch (RedisFailureException failure)
        {
            LogSilent(failure.Message);

            // Not waited for: it may take seconds.
            if (++failedLooks % FailuresUntilReconnect == 0 && reconnecting.IsCompleted)
                reconnecting = ReconnectAsync();
            return null;
        }
    }

    public void Dispose() => slots.Dispose();

    private async Task<RedisReply> LastTimeAsync(RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments)
    {
        try
        {
            return await OnceAsync(script, keys, arguments);
        }
        catch (RedisFailureException failure)
        {
            throw new MeterUnavailableException(failure.Message, failure);
        }
    }

    private async Task<RedisReply> OnceAsync(RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments)
    {
        if (!breaker.TryEnter(out var isProbe))
            throw new RedisFailureException("Redis has failed, and is left alone for some seconds.");

        var began = clock.GetTimestamp();
        var succeeded = false;
        try
        {
            var reply = await redis.RunAsync(script, keys, arguments, times.Answer);
            succeeded = true;
            return reply;
        }
        finally
        {
            var isOpen = breaker.Report(isProbe, succeeded, began);
            if (isOpen == true)
                LogOpened();
            else if (isOpen == false)
                LogClosed();
        }
    }

    // Also when nobody calls.
    private async Task ProbeAsync()
    {
        if (breaker.IsClosed)
            return;

        try
        {
            await OnceAsync(Nothing, [], []);
        }
        catch (RedisFailureException failure)
        {
            LogSilent(failure.Message);
        }
    }

    private async Task ReconnectAsync()
    {
        try
        {
            await redis.ReconnectAsync();
        }
        catch (RedisFailureException failure)
        {
            LogSilent(failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Redis does not answer in time: limits and budgets do without it")]
    private partial void LogOpened();

    [LoggerMessage(LogLevel.Information, "Redis answers in time again")]
    private partial void LogClosed();

    [LoggerMessage(LogLevel.Debug, "Redis does not answer: {Reason}")]
    private partial void LogSilent(string reason);
}
