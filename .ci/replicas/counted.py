"""How many calls of one key were admitted in any second, and how many were open at once."""

import bisect
import datetime
import hashlib
import json
import re

from network import STORE_PORT
from programs import Program, eventually, whole_lines

SECOND_US = 1_000_000
# What the audit rounds a time to, and a little.
ROUNDING_S = 0.002
# What the scripts and the replicas change the store by.
WRITES = ("LPUSH", "ZADD", "ZREM", "ZREMRANGEBYSCORE")
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Audits:
    """What the replicas' audits tell of the calls from now on.

    A call was admitted between its begin and its end, so calls that have begun and ended within a
    second were admitted within it: so many for certain.
    """

    def __init__(self, rig):
        self.files = [rig.folder / f"audit-{replica.number}.jsonl" for replica in rig.replicas]
        self.read_to = [file.stat().st_size for file in self.files]

    def most_in_a_second(self, key, admitted):
        """Of a key, of which so many calls were admitted."""
        calls = []

        def are_told():
            calls[:] = self.calls(key)
            return len(calls) >= admitted

        eventually("all calls are in the audits", are_told)
        return most_certainly_within(sorted(calls), 1.0 - ROUNDING_S)

    def stop(self):
        """Nothing, since they are files."""

    def calls(self, key):
        """When each call began and when it ended."""
        for file, position in zip(self.files, self.read_to, strict=True):
            with open(file) as lines:
                lines.seek(position)
                for line in lines:
                    # The last one may not be all there.
                    call = json.loads(line) if line.endswith("\n") else {}
                    if call.get("key_id") == key and call["status"] == "OK":
                        end = datetime.datetime.fromisoformat(call["ts"].replace("Z", "+00:00")).timestamp()
                        yield end - call["duration_ms"] / 1000, end


def most_certainly_within(calls, length):
    """The most of these calls, in the order of their begins, that have begun and ended in one span of that length."""
    most, ends, later = 0, [], len(calls)
    for begin, end in reversed(calls):
        later -= 1
        bisect.insort(ends, end)
        most = max(most, bisect.bisect_right(ends, begin + length))
    return most


class Monitor:
    """What the store says of all that it does from now on, by its own clock."""

    def __init__(self, rig):
        command = ["redis-cli", "-h", f"{rig.network}1", "-p", STORE_PORT, "monitor"]
        # Each has a file of its own.
        self.program = Program(f"monitor-{len(rig.programs)}", command, rig.folder)
        rig.programs.append(self.program)
        self.program.printed("OK")

    def most_in_a_second(self, key, admitted):
        """Of a key, of which so many calls were admitted."""
        eventually("the store has told of all calls", lambda: len(self.admissions(key)) >= admitted)
        times = self.admissions(key)
        first, most = 0, 0
        for last, time in enumerate(times):
            while time - times[first] >= SECOND_US:
                first += 1
            most = max(most, last - first + 1)
        return most

    def stop(self):
        self.program.kill()

    def admissions(self, key):
        return sorted(int(time) for command, time in self.commands("rate", key) if command == "LPUSH")

    def most_at_once(self, key):
        """The most calls of a key that were open at once."""
        lapses, most = {}, 0
        for command, *arguments in self.commands("open", key):
            if command == "ZADD":
                lapses.update(zip(arguments[1::2], map(int, arguments[::2]), strict=True))
            elif command == "ZREM":
                for call in arguments:
                    lapses.pop(call, None)
            elif command == "ZREMRANGEBYSCORE" and arguments[0] == "-inf":
                lapses = {call: lapse for call, lapse in lapses.items() if lapse > int(arguments[1])}
            most = max(most, len(lapses))
        return most

    def commands(self, what, key):
        """What was done with that of a key: the command, and its arguments without the name."""
        name = f"mfn:{what}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        for line in whole_lines(self.program.output):
            words = TEXT.findall(line) if name in line else []
            if words and words[0] in WRITES and words[1] == name:
                yield [words[0], *words[2:]]
