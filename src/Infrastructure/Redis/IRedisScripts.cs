using System.Globalization;
using System.Text;

namespace CleanGateway.Infrastructure.Redis;

/// <summary>What the gateway asks of Redis: scripts, each of which happens whole or not at all.</summary>
internal interface IRedisScripts
{
    /// <summary>Null: no Redis is configured.</summary>
    bool? IsConnected { get; }

    /// <param name="within">When to stop waiting. The script may still be run later: Redis never says that it was not.</param>
    /// <exception cref="RedisFailureException">Redis did not answer, or not in time, or with an error.</exception>
    Task<RedisReply> RunAsync(string script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, TimeSpan within);

    /// <summary>The same, but that the script itself is only sent when Redis does not know it (any more).</summary>
    /// <exception cref="RedisFailureException">Redis did not answer, or not in time, or with an error.</exception>
    Task<RedisReply> RunAsync(RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, TimeSpan within);

    /// <summary>What Redis says of itself, name by name.</summary>
    /// <exception cref="RedisFailureException">Redis did not answer, or not in time, or with an error.</exception>
    Task<IReadOnlyDictionary<string, string>> InfoAsync(TimeSpan within);

    /// <summary>Gives the connection up for a new one: one whose other end has vanished would be taken for alive for minutes.</summary>
    /// <exception cref="RedisFailureException">There is no new one to be had; the old one stays.</exception>
    Task ReconnectAsync();
}

/// <summary>Something a script is told. Binary.</summary>
internal readonly record struct RedisArgument(byte[] Bytes)
{
    public static implicit operator RedisArgument(byte[] bytes) => new(bytes);

    public static implicit operator RedisArgument(string text) => new(Encoding.UTF8.GetBytes(text));

    public static implicit operator RedisArgument(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a script has returned: a flat list.</summary>
internal sealed record RedisReply(IReadOnlyList<byte[]> Values)
{
    public long Number(int index) => long.Parse(Values[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    public string Text(int index) => Encoding.UTF8.GetString(Values[index]);
}

/// <summary>Redis did not do what it was asked, as far as anyone knows.</summary>
internal sealed class RedisFailureException(string message, Exception? inner = null) : Exception(message, inner);
