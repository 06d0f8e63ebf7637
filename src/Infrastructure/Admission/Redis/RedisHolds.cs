using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.Infrastructure.Admission.Redis;

/// <summary>
/// What the calls of a gateway that has died held in Redis, for those who go on without it. Each gateway leaves a mark
/// when it joins: as long as that stands, in the same run of the server, nothing was lost since.
/// </summary>
internal sealed class RedisHolds(GuardedRedis redis)
{
    // A mark that is gone too early costs others a wait, no more.
    private const int KeepSeconds = 40 * 24 * 60 * 60;

    private static readonly RedisScript Mark = new($"return redis.call('SET', KEYS[1], ARGV[1], 'EX', {KeepSeconds}) and {{1}}");

    /// <summary>
    /// KEYS held, joined. ARGV epoch. Returns whether nothing was lost; then call, amount, since when, whether it has expired, and
    /// budgets parted by spaces, of each.
    /// </summary>
    private static readonly RedisScript Left = new(
        MeterScripts.Common +
        """
        local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
        if ask('GET', KEYS[2]) ~= run then
            return {0}
        end
        local records, reply = ask('HGETALL', KEYS[1]), {1}
        for i = 1, #records, 2 do
            local hold = parse(records[i + 1])
            if hold and hold.epoch == tonumber(ARGV[1]) then
                for _, value in ipairs({records[i], hold.amount, hold.at, hold.expired and 1 or 0, table.concat(hold.keys, ' ')}) do
                    reply[#reply + 1] = value
                end
            end
        end
        return reply
        """);

    /// <summary>All that the gateway holds from now on will be in this run of the server, or the mark will not.</summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time.</exception>
    public Task MarkAsync(Guid gateway, string runId) => redis.RunAsync(Mark, [MeterKeys.Joined(gateway)], [runId], again: true);

    /// <returns>What the gateway's calls held in this epoch; null when Redis has forgotten, or does not answer.</returns>
    public async Task<IReadOnlyList<HeldCall>?> LeftByAsync(Guid gateway, long epoch)
    {
        if (!redis.IsAnswering)
            return null;

        try
        {
            var reply = await redis.RunAsync(Left, [MeterKeys.Held(gateway), MeterKeys.Joined(gateway)], [epoch]);
            return reply.Number(0) == 1 ? RedisMeter.HeldCalls(reply, from: 1) : null;
        }
        catch (MeterUnavailableException)
        {
            return null;
        }
    }
}
