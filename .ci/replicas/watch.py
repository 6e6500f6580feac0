"""Whether the machine had time for the replicas, or was too busy."""

import threading
import time

ASK_EVERY = 0.2


class Watch:
    """Asks each replica for its readiness all the time, as a balancer does, and keeps the longest time that an answer took."""

    def __init__(self, rig, allowed):
        """More than `allowed` seconds for an answer are too many for a machine that is not too busy."""
        self.rig, self.allowed, self.slowest, self.ends = rig, allowed, 0.0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def begin(self):
        self.slowest = 0.0

    def __str__(self):
        return f"health told within {self.slowest * 1000:.0f} ms"

    def was_busy(self):
        return self.slowest > self.allowed

    def stop(self):
        self.ends.set()
        self.thread.join()

    def run(self):
        while not self.ends.wait(ASK_EVERY):
            for replica in tuple(self.rig.replicas):
                since, begin = replica.well_since, time.monotonic()
                if since is None:
                    continue
                try:
                    replica.is_ready()
                except OSError:
                    # One that is ended meanwhile tells nothing of the machine.
                    continue
                if replica.well_since == since:
                    self.slowest = max(self.slowest, time.monotonic() - begin)
