using System.Net;
using CleanGateway.Infrastructure.Configuration;
using StackExchange.Redis;

namespace CleanGateway.Infrastructure.Redis;

/// <summary>The connection to Redis, and the only place that knows its client library.</summary>
internal sealed class RedisConnection(TimeProvider clock) : IRedisScripts, IDisposable
{
    private const int ConnectTimeoutMs = 3000;
    private const string KeepsAll = "noeviction";

    private ConfigurationOptions? options;
    private volatile ConnectionMultiplexer? multiplexer;

    public bool? IsConnected => multiplexer?.IsConnected;

    /// <exception cref="StartException">
    /// It cannot be reached, refuses the password or the database's number, or may forget what it was told.
    /// </exception>
    public async Task ConnectAsync(DnsEndPoint address, GatewaySettings settings)
    {
        options = new ConfigurationOptions
        {
            EndPoints = { { address.Host, address.Port } },
            Password = settings.RedisPassword,
            DefaultDatabase = settings.RedisDatabase,
            ClientName = "cleangateway",
            AbortOnConnectFail = true,
            ConnectTimeout = ConnectTimeoutMs,
            ConnectRetry = 1,
            SyncTimeout = ConnectTimeoutMs,
        };
        try
        {
            multiplexer = await OpenAsync(options);
            var info = await InfoAsync(TimeSpan.FromMilliseconds(ConnectTimeoutMs));
            if (info.TryGetValue("maxmemory_policy", out var policy) && policy != KeepsAll)
            {
                throw new StartException(
                    $"Failed to initialize Redis: {address.Host}:{address.Port}: maxmemory-policy is {policy}, so that limits, budgets and "
                    + $"calls could be forgotten when memory is short: expected {KeepsAll}, which is Redis' default");
            }
        }
        catch (Exception failure) when (IsRedis(failure) || failure is RedisFailureException)
        {
            throw new StartException($"Failed to initialize Redis: {address.Host}:{address.Port}: {FirstLine(failure)}", failure);
        }
    }

    public async Task<RedisReply> RunAsync(string script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, TimeSpan within)
    {
        // EVAL, and not EVALSHA: the library does not load a script again that a restarted server has lost.
        var result = await AskAsync(
            redis => redis.ScriptEvaluateAsync(script, Keys(keys), Values(arguments), CommandFlags.NoScriptCache), within);
        return Reply(result);
    }

    public async Task<RedisReply> RunAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, TimeSpan within)
    {
        var (names, values) = (Keys(keys), Values(arguments));
        var result = await AskAsync(
            async redis =>
            {
                try
                {
                    return await redis.ScriptEvaluateAsync(script.Hash, names, values);
                }
                catch (RedisServerException unknown) when (unknown.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
                {
                    // Redis has been restarted or its scripts were flushed. It did nothing, and knows the script after this.
                    return await redis.ScriptEvaluateAsync(script.Text, names, values, CommandFlags.NoScriptCache);
                }
            },
            within);
        return Reply(result);
    }

    public async Task<IReadOnlyDictionary<string, string>> InfoAsync(TimeSpan within)
    {
        var text = (string)await AskAsync(redis => redis.ExecuteAsync("INFO"), within);
        return text.Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0], StringComparer.Ordinal)
            .ToDictionary(pairs => pairs.Key, pairs => pairs.First()[1], StringComparer.Ordinal);
    }

    public async Task ReconnectAsync()
    {
        try
        {
            var old = multiplexer;
            multiplexer = await OpenAsync(options ?? throw new InvalidOperationException("There is no connection to replace."));
            old?.Dispose();
        }
        catch (Exception failure) when (IsRedis(failure) || failure is OperationCanceledException or ObjectDisposedException)
        {
            throw new RedisFailureException(FirstLine(failure), failure);
        }
    }

    public void Dispose() => multiplexer?.Dispose();

    private static async Task<ConnectionMultiplexer> OpenAsync(ConfigurationOptions options)
    {
        var opened = await ConnectionMultiplexer.ConnectAsync(options);
        try
        {
            // Not a ping: it would be answered also where there is no database of that number.
            await opened.GetDatabase().KeyExistsAsync("cleangateway");

            // From here on a lost connection is made again in the background.
            opened.IncludeDetailInExceptions = false;
            return opened;
        }
        catch (Exception)
        {
            opened.Dispose();
            throw;
        }
    }

    // The library looks for commands that take too long only once a second, and only at some.
    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> command, TimeSpan within)
    {
        var connection = multiplexer ?? throw new RedisFailureException("There is no connection to Redis.");
        try
        {
            return await command(connection.GetDatabase()).WaitAsync(within, clock);
        }
        catch (Exception failure)
        {
            // Of whatever kind: connections that come and go show in tasks that are cancelled and objects that are disposed, too.
            throw new RedisFailureException(FirstLine(failure), failure);
        }
    }

    private static RedisKey[] Keys(IReadOnlyList<string> keys) => [.. keys.Select(key => (RedisKey)key)];

    private static RedisValue[] Values(IReadOnlyList<RedisArgument> arguments) => [.. arguments.Select(argument => (RedisValue)argument.Bytes)];

    private static RedisReply Reply(RedisResult result) => new(result.IsNull ? [] : (byte[][])result);

    private static bool IsRedis(Exception failure) => failure is RedisException or RedisCommandException or TimeoutException;

    private static string FirstLine(Exception failure) => failure.Message.Split('\n')[0].TrimEnd();
}
