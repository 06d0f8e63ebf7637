using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.Infrastructure.Admission.Redis;

/// <summary>
/// How a call is admitted in Redis. Everything is looked at first and nothing changed; a Redis whose memory is full refuses the
/// first change, and then there are no others.
/// </summary>
internal static class AdmitScript
{
    public const string Admitted = "admitted";
    public const string Denied = "denied";
    public const string Unseeded = "unseeded";
    public const string WrongEpoch = "epoch";

    private const string Read =
        """
        local call, epoch, run, asked = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
        local full, fixed, per, cap = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
        local window, length, most, lease = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
        local scopes, budgets, names = {}, {}, {}
        local k, a = 3, 13
        while a <= #ARGV do
            local scope = {place = #scopes, rate = KEYS[k], tokens = KEYS[k + 1], places = KEYS[k + 2], budgets = {},
                requests = tonumber(ARGV[a]), most = tonumber(ARGV[a + 1]), concurrent = tonumber(ARGV[a + 2])}
            local lines = tonumber(ARGV[a + 3])
            k, a = k + 3, a + 4
            for i = 0, lines - 1 do
                local line = {scope = scope.place, place = i, key = KEYS[k], limit = tonumber(ARGV[a])}
                budgets[#budgets + 1] = line
                scope.budgets[#scope.budgets + 1] = line
                names[#names + 1] = string.sub(line.key, #'budget:' + 1)
                k, a = k + 1, a + 1
            end
            scopes[#scopes + 1] = scope
        end

        """;

    private const string CheckEpoch =
        """
        if #budgets > 0 then
            if string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') ~= run then
                return {'epoch'}
            end
            local missing = {'unseeded'}
            for i, line in ipairs(budgets) do
                local begun = counter(line.key)
                if begun and begun.epoch > epoch then
                    return {'epoch'}
                end
                if begun and begun.epoch == epoch then
                    line.spent, line.reserved = begun.spent, begun.reserved
                else
                    missing[#missing + 1] = i - 1
                end
            end
            if #missing > 1 then
                return missing
            end
        end

        """;

    // Windows do not move backwards when the clock does: they stay where their newest member is.
    private const string Look =
        """
        local now = microseconds()
        local at = now
        for _, scope in ipairs(scopes) do
            scope.now, scope.used, scope.newest, scope.sum, scope.last, scope.sums = now, 0, nil, 0, nil, {}
            if scope.requests >= 0 then
                local newest = tonumber(ask('ZRANGE', scope.rate, -1, -1, 'WITHSCORES')[2])
                scope.now = math.max(now, newest or 0)
                scope.used = redis.call('ZCOUNT', scope.rate, '(' .. whole(scope.now - window), '+inf')
                scope.newest = scope.used > 0 and newest or nil
                at = math.max(at, scope.now)
            end
            if scope.most >= 0 then
                local fields = ask('HGETALL', scope.tokens)
                scope.bucket = math.floor(scope.now / length)
                for i = 1, #fields, 2 do
                    scope.bucket = math.max(scope.bucket, tonumber(fields[i]) or 0)
                end
                for i = 1, #fields, 2 do
                    local bucket, sum = tonumber(fields[i]) or 0, tonumber(fields[i + 1]) or 0
                    if bucket >= scope.bucket - most then
                        scope.sums[#scope.sums + 1] = {bucket = bucket, sum = sum}
                        scope.sum = scope.sum + sum
                        scope.last = math.max(scope.last or 0, bucket)
                    end
                end
            end
        end

        local function state(reply)
            for _, scope in ipairs(scopes) do
                reply[#reply + 1] = scope.requests < 0 and -1 or math.max(0, scope.requests - scope.used)
                reply[#reply + 1] = scope.newest and scope.newest + window - now or 0
                reply[#reply + 1] = scope.most < 0 and -1 or math.max(0, scope.most - scope.sum)
                reply[#reply + 1] = scope.last and (scope.last + most + 1) * length - now or 0
                for _, line in ipairs(scope.budgets) do
                    reply[#reply + 1] = line.spent
                    reply[#reply + 1] = line.reserved
                end
            end
            return reply
        end

        """;

    // A call that holds of budgets is in held; one that does not is in the windows of requests, or noted, or has left no trace.
    private const string Recognise =
        """
        local noted = false
        if #budgets > 0 then
            local hold = parse(ask('HGET', KEYS[1], call))
            if hold and hold.epoch == epoch then
                -- One that was seeded has no cap: it is what the amount is for.
                if hold.cap == 0 then
                    hold.cap = (per == 0 or cap >= 0 and hold.amount >= full) and cap or math.max(1, math.floor((hold.amount - fixed) / per))
                end
                return state({'admitted', hold.amount, hold.cap, hold.at})
            end
        else
            local before = nil
            for _, scope in ipairs(scopes) do
                noted = noted or scope.most >= 0 or scope.concurrent >= 0
                if scope.requests >= 0 then
                    before = before or tonumber(redis.call('ZSCORE', scope.rate, call) or '')
                end
            end
            if noted then
                before = tonumber(ask('GET', KEYS[2]) or '') or before
            end
            if before and before > now - window then
                return state({'admitted', 0, cap, before})
            end
        end

        """;

    private const string Check =
        """
        local oneToken = fixed + per
        local least = per == 0 and full or cap < 0 and oneToken or math.min(full, oneToken)
        local room, tightest, spent = math.huge, nil, nil
        for _, line in ipairs(budgets) do
            if line.limit >= 0 then
                if line.limit == 0 or line.limit - line.spent < least then
                    spent = spent or line
                end
                local left = line.limit - line.spent - line.reserved
                if left < room then
                    room, tightest = left, line
                end
            end
        end

        local bounded, amount, granted = cap >= 0 or per == 0, 0, cap
        if #budgets > 0 then
            if not tightest then
                amount = bounded and full or fixed
            elseif bounded and full <= room then
                amount = full
            else
                local tokens = per > 0 and math.floor((room - fixed) / per) or 0
                if cap >= 0 then
                    tokens = math.min(tokens, cap - 1)
                end
                amount, granted = tokens >= 1 and fixed + tokens * per or nil, tokens
            end
        end

        local reason, scope, budget, wait = nil, 0, -1, -1
        local function refuse(why, where, after)
            if not reason then
                reason, scope, wait = why, where, after
            end
        end
        local function counted(key, after)
            return (tonumber(redis.call('ZSCORE', key, call) or '') or 0) > after
        end
        if spent then
            budget = spent.place
            refuse(0, spent.scope, -1)
        end
        for _, one in ipairs(scopes) do
            if one.requests >= 0 and one.used >= one.requests and not counted(one.rate, one.now - window) then
                local oldest = one.requests > 0 and redis.call('ZRANGE', one.rate, -one.requests, -one.requests, 'WITHSCORES')[2]
                refuse(1, one.place, oldest and oldest + window - now or -1)
            end
        end
        for _, one in ipairs(scopes) do
            if one.most >= 0 and one.sum + asked > one.most then
                local after, left = -1, one.sum
                table.sort(one.sums, function(x, y) return x.bucket < y.bucket end)
                for _, part in ipairs(one.sums) do
                    left = left - part.sum
                    if after < 0 and left + asked <= one.most then
                        after = (part.bucket + most + 1) * length - now
                    end
                end
                refuse(2, one.place, after)
            end
        end
        for _, one in ipairs(scopes) do
            if one.concurrent >= 0 and ask('ZCOUNT', one.places, '(' .. whole(now), '+inf') >= one.concurrent
                and not counted(one.places, now) then
                refuse(3, one.place, one.concurrent > 0 and 1000000 or -1)
            end
        end
        if not amount and not reason then
            budget = tightest.place
            refuse(4, tightest.scope, 1000000)
        end
        if reason then
            for _, one in ipairs(scopes) do
                if one.requests >= 0 then
                    redis.call('ZREMRANGEBYSCORE', one.rate, '-inf', whole(one.now - window))
                end
            end
            return state({'denied', reason, scope, budget, wait})
        end

        """;

    private const string Apply =
        """
        for _, line in ipairs(budgets) do
            redis.call('HINCRBY', line.key, 'reserved', whole(amount))
            line.reserved = line.reserved + amount
        end
        if #budgets > 0 then
            keep(KEYS[1], call, {epoch = epoch, amount = amount, at = at, cap = granted, keys = names})
        elseif noted then
            redis.call('SET', KEYS[2], whole(at), 'PX', whole(math.ceil(window / 1000)))
        end
        for _, one in ipairs(scopes) do
            if one.requests >= 0 then
                redis.call('ZADD', one.rate, whole(one.now), call)
                redis.call('ZREMRANGEBYSCORE', one.rate, '-inf', whole(one.now - window))
                one.used, one.newest = redis.call('ZCARD', one.rate), one.now
                redis.call('PEXPIRE', one.rate, whole((one.now - now + window) / 1000 + 1000))
            end
            if one.most >= 0 and asked > 0 then
                redis.call('HINCRBY', one.tokens, whole(one.bucket), whole(asked))
                for _, part in ipairs(redis.call('HKEYS', one.tokens)) do
                    if (tonumber(part) or 0) < one.bucket - most then
                        redis.call('HDEL', one.tokens, part)
                    end
                end
                redis.call('PEXPIRE', one.tokens, whole((one.bucket + most + 2) * length / 1000 - now / 1000 + 1000))
                one.sum, one.last = one.sum + asked, one.bucket
            end
            if one.concurrent >= 0 then
                redis.call('ZREMRANGEBYSCORE', one.places, '-inf', whole(now))
                redis.call('ZADD', one.places, whole(now + lease), call)
                redis.call('PEXPIRE', one.places, whole(lease / 1000 + 1000))
            end
        end
        return state({'admitted', amount, granted, at})
        """;

    /// <summary>
    /// KEYS held, admitted; then of each scope: rate, tokens, places and its budgets. ARGV call, epoch, run id, tokens; cost in
    /// full, fixed and per token, cap; a window's length, a bucket's and how many there are, a lease's; then of each scope:
    /// requests, tokens, concurrent calls, number of budgets and the limit of each. -1 is none. Returns <see cref="Admitted"/>,
    /// amount, cap and time; or <see cref="Denied"/>, reason, scope, its budget, time to wait; and after either, of each scope:
    /// requests left and time to reset, tokens left and time to reset, spent and reserved of each budget. Or
    /// <see cref="Unseeded"/> and the places of budgets; or <see cref="WrongEpoch"/>.
    /// </summary>
    public static RedisScript Script { get; } = new(MeterScripts.Common + Read + CheckEpoch + Look + Recognise + Check + Apply, "admit");
}
