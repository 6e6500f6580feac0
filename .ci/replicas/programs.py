"""Programs that a test starts, each with a log of its own, and how to wait for what they do."""

import os
import pathlib
import signal
import subprocess
import time

# No promise is this long, on a slow machine either: who waits longer waits in vain.
WITHIN = 120.0
LOOK_EVERY = 0.05
# Programs get no settings but those that they are told.
PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH")


class Failed(Exception):
    """Something was not as it should be."""


class Busy(Failed):
    """The machine had too much else to do for this to be seen."""


def require(holds, otherwise):
    if not holds:
        raise Failed(otherwise)


def eventually(what, condition, within=WITHIN):
    """Wait until the condition returns something that is true, and return that."""
    end = time.monotonic() + within
    while True:
        if result := condition():
            return result
        require(time.monotonic() < end, f"{what}: not within {within:.0f} s")
        time.sleep(LOOK_EVERY)


def whole_lines(file):
    """The lines of a file that somebody writes: the last one may not be all there."""
    return [line for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]


class Program:
    """A process, with all that it starts itself."""

    # Whether each is a group of its own, to be ended as a whole. Where they are in the group of
    # whoever has started this program, that one can end them.
    own_group = True

    def __init__(self, name, command, folder, env=None):
        self.name = name
        self.output, self.error = pathlib.Path(folder, f"{name}.out"), pathlib.Path(folder, f"{name}.err")
        with open(self.output, "w") as output, open(self.error, "a") as error:
            self.process = subprocess.Popen(
                list(map(str, command)),
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | (env or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=error,
                start_new_session=self.own_group,
            )

    def runs(self):
        return self.process.poll() is None

    def require_runs(self):
        require(self.runs(), f"{self.name} has ended: {self.last_words()}")

    def printed(self, text):
        """Wait until a line with this text is on standard output, and return the line."""

        def line():
            self.require_runs()
            return next((line for line in self.output.read_text().splitlines() if text in line), None)

        return eventually(f"{self.name} prints '{text}'", line)

    def last_words(self):
        return self.error.read_text()[-2000:]

    def send(self, number):
        self.process.send_signal(number)

    def end(self, with_signal=signal.SIGTERM, within=WITHIN):
        """Ask it to end, or with no signal wait for its end, and return its exit code."""
        if with_signal and self.runs():
            self.send(with_signal)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} has not ended within {within:.0f} s: {self.last_words()}") from None

    def kill(self):
        """End it at once; a stopped process as well."""
        try:
            if self.own_group:
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        except ProcessLookupError:
            pass
        self.process.wait()

    def cpu_seconds(self):
        """The CPU time that it and its children have taken."""
        ticks = 0
        for pid in self.members():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def members(self):
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(path.name)) == self.process.pid:
                    yield path.name
            except OSError:
                continue
