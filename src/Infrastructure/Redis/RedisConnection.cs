using System.Net;
using CleanGateway.Infrastructure.Configuration;
using StackExchange.Redis;

namespace CleanGateway.Infrastructure.Redis;

/// <summary>The connection to Redis, and the only place that knows its client library.</summary>
internal sealed class RedisConnection : IDisposable
{
    private const int ConnectTimeoutMs = 3000;

    private ConnectionMultiplexer? multiplexer;

    /// <summary>Null: none is configured.</summary>
    public bool? IsConnected => multiplexer?.IsConnected;

    /// <exception cref="StartException">It cannot be reached, or refuses the password or the database's number.</exception>
    public async Task ConnectAsync(DnsEndPoint address, GatewaySettings settings)
    {
        var options = new ConfigurationOptions
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
            multiplexer = await ConnectionMultiplexer.ConnectAsync(options);

            // Not a ping: it would be answered also where there is no database of that number.
            await multiplexer.GetDatabase().KeyExistsAsync("cleangateway");

            // From here on a lost connection is made again in the background.
            multiplexer.IncludeDetailInExceptions = false;
        }
        catch (Exception failure) when (failure is RedisException or RedisCommandException or TimeoutException)
        {
            throw new StartException($"Failed to initialize Redis: {address.Host}:{address.Port}: {failure.Message.Split('\n')[0].TrimEnd()}", failure);
        }
    }

    public void Dispose() => multiplexer?.Dispose();
}
