namespace CleanGateway.Infrastructure.Journal.Redis;

/// <summary>
/// What the journal does in Redis. A Redis whose memory is full refuses a script's first write that needs some, and none
/// after another write: so new calls are refused, and what has been accepted is ended, shipped and kept alive.
/// </summary>
internal static class JournalScripts
{
    /// <summary>KEYS owners, accepted. ARGV owner, request id, call.</summary>
    public const string Accept =
        """
        redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
        redis.call('ZADD', KEYS[1], 'NX', 0, ARGV[1])
        return {1}
        """;

    /// <summary>KEYS accepted, progress. ARGV request id, progress.</summary>
    public const string Report =
        """
        if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
            redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
        end
        return {1}
        """;

    /// <summary>KEYS logs, accepted, progress, crashed. ARGV request id, record, 1 if it was accepted. Returns 0: given up for dead.</summary>
    public const string Complete =
        """
        if ARGV[3] == '1' then
            if redis.call('EXISTS', KEYS[4]) == 1 then
                return {0}
            end
            redis.call('HDEL', KEYS[2], ARGV[1])
            redis.call('HDEL', KEYS[3], ARGV[1])
        end
        redis.call('LPUSH', KEYS[1], ARGV[2])
        return {1}
        """;

    /// <summary>KEYS owners, processing, logs, quarantined. ARGV owner, its number. Returns whether memory is full, and two lengths.</summary>
    public const string Beat =
        """
        local full = 0
        local beat = redis.pcall('ZADD', KEYS[1], ARGV[2], ARGV[1])
        if type(beat) == 'table' and beat.err then
            redis.call('LTRIM', KEYS[2], 0, -1)
            redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
            full = 1
        end
        return {full, redis.call('LLEN', KEYS[3]) + redis.call('LLEN', KEYS[2]), redis.call('LLEN', KEYS[4])}
        """;

    /// <summary>KEYS owners. Returns owners and their numbers.</summary>
    public const string Owners = "return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')";

    /// <summary>KEYS accepted. Returns request ids.</summary>
    public const string AcceptedIds = "return redis.call('HKEYS', KEYS[1])";

    /// <summary>KEYS accepted, progress. ARGV request ids.</summary>
    public const string Forget =
        """
        for _, id in ipairs(ARGV) do
            redis.call('HDEL', KEYS[1], id)
            redis.call('HDEL', KEYS[2], id)
        end
        return {1}
        """;

    /// <summary>
    /// KEYS logs, processing. ARGV most records, most bytes. Returns records; those of the last time as long as they are not
    /// settled.
    /// </summary>
    public const string Take =
        """
        redis.call('LTRIM', KEYS[2], 0, -1)
        local taken = redis.call('LRANGE', KEYS[2], 0, -1)
        if #taken > 0 then
            return taken
        end
        local bytes = 0
        while #taken < tonumber(ARGV[1]) and bytes < tonumber(ARGV[2]) do
            local record = redis.call('RPOPLPUSH', KEYS[1], KEYS[2])
            if not record then
                break
            end
            taken[#taken + 1] = record
            bytes = bytes + #record
        end
        return taken
        """;

    private const string PutBack =
        """
        local record = redis.call('LPOP', KEYS[2])
        while record do
            redis.call('RPUSH', KEYS[1], record)
            record = redis.call('LPOP', KEYS[2])
        end

        """;

    /// <summary>KEYS logs, processing.</summary>
    public const string GiveBack = PutBack + "return {1}";

    /// <summary>KEYS processing, quarantined. ARGV records to put aside. Returns how many were.</summary>
    public const string Settle =
        """
        local aside = 0
        for _, record in ipairs(ARGV) do
            if redis.call('LREM', KEYS[1], 1, record) > 0 then
                redis.call('LPUSH', KEYS[2], record)
                aside = aside + 1
            end
        end
        redis.call('DEL', KEYS[1])
        return {aside}
        """;

    // It has not moved since someone thought it dead.
    private const string IfDead =
        """
        if redis.call('ZSCORE', KEYS[#KEYS], ARGV[1]) ~= ARGV[2] then
            return {0}
        end

        """;

    /// <summary>KEYS logs, its processing, owners. ARGV owner, its number.</summary>
    public const string TakeOver = IfDead + PutBack + "return {1}";

    /// <summary>KEYS its accepted, its progress. ARGV request id. Returns the call, and its progress if there is any.</summary>
    public const string ReadAccepted =
        """
        local call = redis.call('HGET', KEYS[1], ARGV[1])
        if not call then
            return {}
        end
        return {call, redis.call('HGET', KEYS[2], ARGV[1]) or ''}
        """;

    /// <summary>KEYS logs or quarantined, its accepted, its progress, crashed, owners. ARGV owner, its number, request id, record, seconds.</summary>
    public const string Crash =
        IfDead +
        """
        if redis.call('HDEL', KEYS[2], ARGV[3]) == 1 then
            redis.call('LPUSH', KEYS[1], ARGV[4])
            redis.call('SET', KEYS[4], '1', 'EX', ARGV[5])
        end
        redis.call('HDEL', KEYS[3], ARGV[3])
        return {1}
        """;

    /// <summary>KEYS accepted, progress, processing, owners. ARGV owner, its number. Leaves what is still to be taken over.</summary>
    public const string Bury =
        IfDead +
        """
        if redis.call('HLEN', KEYS[1]) > 0 or redis.call('LLEN', KEYS[3]) > 0 then
            return {0}
        end
        redis.call('ZREM', KEYS[4], ARGV[1])
        redis.call('DEL', KEYS[2])
        return {1}
        """;
}
