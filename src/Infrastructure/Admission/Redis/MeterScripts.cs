using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.Infrastructure.Admission.Redis;

/// <summary>
/// What the meter does in Redis, apart from <see cref="AdmitScript"/>. Times are microseconds of Redis' clock, amounts
/// nano-dollars. They are formatted wherever they become text: Lua's own way of it ends at fourteen digits.
/// </summary>
internal static class MeterScripts
{
    /// <summary>What all of them share.</summary>
    internal const string Common =
        """
        local function whole(number)
            return string.format('%.0f', number)
        end

        -- Asks a key; one that holds something else than it should is begun anew.
        local function ask(command, key, ...)
            local reply = redis.pcall(command, key, ...)
            if type(reply) == 'table' and reply.err then
                if not string.find(reply.err, 'WRONGTYPE', 1, true) then
                    error(reply.err, 0)
                end
                redis.log(redis.LOG_WARNING, 'cleangateway: ' .. key .. ' held a value of another type and is begun anew')
                redis.call('DEL', key)
                reply = redis.call(command, key, ...)
            end
            return reply
        end

        local function microseconds()
            local time = redis.call('TIME')
            return time[1] * 1000000 + time[2]
        end

        -- What a counter says; nil when it has not begun.
        local function counter(key)
            local fields = ask('HMGET', key, 'epoch', 'spent', 'reserved')
            local epoch, spent, reserved = tonumber(fields[1] or ''), tonumber(fields[2] or ''), tonumber(fields[3] or '')
            if epoch and spent and reserved then
                return {key = key, epoch = epoch, spent = spent, reserved = reserved}
            end
        end

        -- A month's spending is also there for people, in dollars.
        local function show(budget)
            local id, month = string.match(budget.key, '^budget:([^:]+):(%d%d%d%d:%d%d)$')
            if id then
                local part = math.fmod(budget.spent, 1000000000)
                local text = string.format('%.0f.%09.0f', (budget.spent - part) / 1000000000, part)
                redis.call('SET', 'cost:' .. id .. ':' .. month, (string.gsub(string.gsub(text, '0+$', ''), '%.$', '')), 'KEEPTTL')
            end
        end

        local function put(budget)
            budget.spent, budget.reserved = math.max(0, budget.spent), math.max(0, budget.reserved)
            redis.call('HSET', budget.key, 'epoch', whole(budget.epoch), 'spent', whole(budget.spent), 'reserved', whole(budget.reserved))
            show(budget)
        end

        -- What a call holds: epoch, amount, since when, output cap (-1: none, 0: unknown), whether it has expired, and of which budgets.
        local function parse(record)
            local words = {}
            for word in string.gmatch(record or '', '%S+') do
                words[#words + 1] = word
            end
            local hold = {epoch = tonumber(words[1]), amount = tonumber(words[2]), at = tonumber(words[3]), cap = tonumber(words[4]),
                expired = words[5] == '1', keys = {}}
            if not (hold.epoch and hold.amount and hold.at and hold.cap) then
                return nil
            end
            for i = 6, #words do
                hold.keys[#hold.keys + 1] = words[i]
            end
            return hold
        end

        local function keep(key, call, hold)
            redis.call('HSET', key, call, table.concat({whole(hold.epoch), whole(hold.amount), whole(hold.at), whole(hold.cap),
                hold.expired and '1' or '0', unpack(hold.keys)}, ' '))
        end

        -- The counters that know of a hold: those that have begun in its epoch.
        local function counters(hold)
            local found = {}
            for _, key in ipairs(hold.keys) do
                local budget = counter('budget:' .. key)
                if budget and budget.epoch == hold.epoch then
                    found[#found + 1] = budget
                end
            end
            return found
        end

        """;

    /// <summary>
    /// KEYS held, admitted; then rate, tokens and places of each scope. ARGV call, 1 to undo the admission, cost, what to add to
    /// its tokens, when it was admitted, a bucket's length and how many there are, number of scopes; 1 for each that limits
    /// tokens, else 0; the scopes' budgets. Returns whether it was held of any, and spent and reserved of each.
    /// </summary>
    public static RedisScript End { get; } = new(
        Common +
        """
        local call, undo, cost, more, at = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        local length, most, scopes = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
        local hold = parse(ask('HGET', KEYS[1], call))
        redis.call('HDEL', KEYS[1], call)
        local known = redis.call('DEL', KEYS[2]) == 1 or hold
        local first, bucket = math.floor(microseconds() / length) - most, math.floor(at / length)
        for i = 0, scopes - 1 do
            local rate, tokens, places = KEYS[3 + 3 * i], KEYS[4 + 3 * i], KEYS[5 + 3 * i]
            ask('ZREM', places, call)
            if undo then
                ask('ZREM', rate, call)
            end
            if known and ARGV[9 + i] == '1' and bucket >= first then
                local sum = (tonumber(ask('HGET', tokens, whole(bucket)) or '') or 0) + more
                if sum > 0 then
                    redis.call('HSET', tokens, whole(bucket), whole(sum))
                    redis.call('PEXPIRE', tokens, whole((most + 2) * length / 1000 + 1000))
                else
                    redis.call('HDEL', tokens, whole(bucket))
                end
            end
        end
        local held, found = {}, 0
        for _, budget in ipairs(hold and counters(hold) or {}) do
            if hold.expired then
                budget.spent = math.max(0, budget.spent - hold.amount)
            else
                budget.reserved = budget.reserved - hold.amount
            end
            budget.spent = budget.spent + cost
            put(budget)
            held[budget.key], found = budget, 1
        end
        local reply = {found}
        for i = 9 + scopes, #ARGV do
            local budget = held['budget:' .. ARGV[i]] or {spent = 0, reserved = 0}
            reply[#reply + 1] = budget.spent
            reply[#reply + 1] = budget.reserved
        end
        return reply
        """);

    /// <summary>KEYS places. ARGV length of a lease, the call of each place.</summary>
    public static RedisScript Renew { get; } = new(
        Common +
        """
        local now, lease = microseconds(), tonumber(ARGV[1])
        for i, places in ipairs(KEYS) do
            ask('ZADD', places, 'XX', whole(now + lease), ARGV[i + 1])
            redis.call('PEXPIRE', places, whole(lease / 1000 + 1000))
        end
        return {1}
        """);

    /// <summary>
    /// KEYS budget, then held of each call. ARGV epoch, spent, second when it ends or empty, the budget; then call, amount and
    /// since when of each.
    /// </summary>
    public static RedisScript Seed { get; } = new(
        Common +
        """
        local epoch, ends, name = tonumber(ARGV[1]), ARGV[3], ARGV[4]
        local before = counter(KEYS[1])
        if before and before.epoch >= epoch then
            return {0}
        end
        local budget = {key = KEYS[1], epoch = epoch, spent = tonumber(ARGV[2]), reserved = 0}
        for i = 2, #KEYS do
            local a = 5 + 3 * (i - 2)
            local hold = parse(ask('HGET', KEYS[i], ARGV[a]))
            if not hold or hold.epoch ~= epoch then
                hold = {epoch = epoch, amount = tonumber(ARGV[a + 1]), at = tonumber(ARGV[a + 2]), cap = hold and hold.cap or 0, keys = {}}
            end
            local listed = false
            for _, key in ipairs(hold.keys) do
                listed = listed or key == name
            end
            if not listed then
                hold.keys[#hold.keys + 1] = name
            end
            keep(KEYS[i], ARGV[a], hold)
            if hold.expired then
                budget.spent = budget.spent + hold.amount
            else
                budget.reserved = budget.reserved + hold.amount
            end
        end
        put(budget)
        local cost = 'cost:' .. name
        for _, key in ipairs({KEYS[1], cost}) do
            if ends == '' then
                redis.call('PERSIST', key)
            else
                redis.call('EXPIREAT', key, ends)
            end
        end
        return {1}
        """);

    /// <summary>KEYS budget. ARGV epoch, spent.</summary>
    public static RedisScript Raise { get; } = new(
        Common +
        """
        local budget = counter(KEYS[1])
        if budget and budget.epoch == tonumber(ARGV[1]) and budget.reserved == 0 and budget.spent < tonumber(ARGV[2]) then
            budget.spent = tonumber(ARGV[2])
            put(budget)
        end
        return {1}
        """);

    /// <summary>KEYS budget. ARGV epoch. Returns spent and reserved.</summary>
    public static RedisScript Read { get; } = new(
        Common +
        """
        local budget = counter(KEYS[1])
        if budget and budget.epoch == tonumber(ARGV[1]) then
            return {budget.spent, budget.reserved}
        end
        return {}
        """);

    /// <summary>KEYS held. Returns call, amount, since when, whether it has expired, and budgets parted by spaces, of each.</summary>
    public static RedisScript HeldBy { get; } = new(
        Common +
        """
        local records, reply = ask('HGETALL', KEYS[1]), {}
        for i = 1, #records, 2 do
            local hold = parse(records[i + 1])
            if hold then
                for _, value in ipairs({records[i], hold.amount, hold.at, hold.expired and 1 or 0, table.concat(hold.keys, ' ')}) do
                    reply[#reply + 1] = value
                end
            end
        end
        return reply
        """);

    /// <summary>KEYS held. ARGV call, seconds after which nobody wants to know any more.</summary>
    public static RedisScript Expire { get; } = new(
        Common +
        """
        local hold = parse(ask('HGET', KEYS[1], ARGV[1]))
        if not hold or hold.expired then
            return {0}
        end
        hold.expired = true
        keep(KEYS[1], ARGV[1], hold)
        redis.call('EXPIRE', KEYS[1], ARGV[2])
        for _, budget in ipairs(counters(hold)) do
            budget.reserved = budget.reserved - hold.amount
            budget.spent = budget.spent + hold.amount
            put(budget)
        end
        return {1}
        """);
}
