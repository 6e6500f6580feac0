-- Renews open calls of one key, also those that the store does not know any more.
--
-- KEYS: open calls, by when they lapse
-- ARGV: microseconds until they lapse; the ids of the calls

local lease = tonumber(ARGV[1])
local lapses = string.format('%.0f', now + lease)
local members = {}
for index = 2, #ARGV do
    table.insert(members, lapses)
    table.insert(members, ARGV[index])
end
redis.call('ZADD', KEYS[1], unpack(members))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lease / 1000 + 1000))
return {0}
