-- Begins a connection. A store that has been started anew may have forgotten signatures
-- of the last moments, as may a copy of it that took its place: signatures that were made
-- before are not accepted from then on.
--
-- KEYS: since when signatures are remembered
-- ARGV: what names this run of the store

if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then
    redis.call('HSET', KEYS[1], 'run', ARGV[1], 'since', string.format('%.0f', now))
end
-- A store that cannot be written to is of no use.
redis.call('HSET', KEYS[1], 'greeted', string.format('%.0f', now))
return {0}
