-- Admits a call of one key, or says why not. Nothing is charged unless it is admitted.
--
-- KEYS: admissions of the last second, newest first; open calls, by when they lapse;
--       and of a call whose signature is to serve once: used signatures, by when they are
--       forgotten; since when signatures are remembered
-- ARGV: calls a second, or 0; calls at once, or 0; the id of the call; microseconds until
--       it lapses; and of such a call: the signature; microseconds since 1970 that it signs;
--       microseconds for which it is remembered; how many of them are remembered at once;
--       milliseconds for which any of them is remembered at most

local admissions, open, used, memory = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local rate, concurrent = tonumber(ARGV[1]), tonumber(ARGV[2])
local call, lease = ARGV[3], tonumber(ARGV[4])
local signature, signed, remembered = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local capacity, longest = tonumber(ARGV[8]), ARGV[9]
local second = 1000000

-- A client of Redis may write a large number with an exponent.
local function integer(number)
    return string.format('%.0f', number)
end

local function has_room()
    if redis.call('ZCARD', open) < concurrent then
        return true
    end
    redis.call('ZREMRANGEBYSCORE', open, '-inf', integer(now))
    -- These were written before the clock was set back. Whoever still has such a call
    -- renews it.
    redis.call('ZREMRANGEBYSCORE', open, integer(now + lease + second), '+inf')
    return redis.call('ZCARD', open) < concurrent
end

if concurrent > 0 and not has_room() then
    return {1}
end

if signature then
    local forgotten = redis.call('ZSCORE', used, signature)
    if forgotten and tonumber(forgotten) > now then
        return {2}
    end
    local since = redis.call('HGET', memory, 'since')
    if not since then
        since = integer(now)
        redis.call('HSET', memory, 'since', since)
    end
    if signed < tonumber(since) then
        return {3}
    end
    -- Two are forgotten a call, which is one more than a call adds.
    for _, old in ipairs(redis.call('ZRANGEBYSCORE', used, '-inf', integer(now), 'LIMIT', 0, 2)) do
        redis.call('ZREM', used, old)
    end
    if redis.call('ZCARD', used) >= capacity then
        local oldest = redis.call('ZRANGE', used, 0, 0, 'WITHSCORES')[2]
        return {5, math.max(1, tonumber(oldest) - now)}
    end
end

-- As in mfn-access: the admission that was `rate` calls ago decides, and two are
-- forgotten a call, which is one more than a call adds.
local at = now
if rate > 0 then
    local newest = tonumber(redis.call('LINDEX', admissions, 0) or 0)
    if newest > now + second then
        -- The clock was set back.
        redis.call('DEL', admissions)
    elseif newest > now then
        at = newest
    end
    local count = redis.call('LLEN', admissions)
    for _ = 1, math.min(2, count) do
        if at - tonumber(redis.call('LINDEX', admissions, -1)) < second then
            break
        end
        redis.call('RPOP', admissions)
        count = count - 1
    end
    if count >= rate then
        local ago = at - tonumber(redis.call('LINDEX', admissions, rate - 1))
        if ago < second then
            return {4, second - ago}
        end
    end
    redis.call('LPUSH', admissions, integer(at))
    -- A second, and by how much the newest admission may be ahead of the clock.
    redis.call('PEXPIRE', admissions, 2500)
end
if concurrent > 0 then
    redis.call('ZADD', open, integer(now + lease), call)
    redis.call('PEXPIRE', open, integer(lease / 1000 + 1000))
end
if signature then
    redis.call('ZADD', used, integer(now + remembered), signature)
    redis.call('PEXPIRE', used, longest)
end
return {0}
