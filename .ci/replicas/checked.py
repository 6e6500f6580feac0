"""All that is to hold of each balancer, one thing after the other, and the table of docs/scaling.md."""

import argparse
import sys
import time

import edge
import grpc
import quiet
import rough
import web
from limits import limits
from programs import Busy, Failed, require
from rig import Rig

# What is shown of each, in this order. The first ones leave the replicas as they were.
QUIET = (
    quiet.methods,
    web.web,
    edge.logged,
    edge.keyless,
    web.frames,
    limits,
    quiet.many_streams,
    quiet.deadline,
    quiet.cancellation,
)
# The last one leaves none.
ROUGH = (rough.rollout, rough.killed, rough.stopped, rough.added, edge.lost)
NAMES = [*(scenario.__name__ for scenario in QUIET), "silence", *(scenario.__name__ for scenario in ROUGH)]
EACH = ("envoy", "nginx", "haproxy")
# Longer than Envoy's default of 15 s for a call, and than all defaults.
SILENCE, LONG_SILENCE = 20, 320
# How often something is tried on a machine that is too busy for it.
ATTEMPTS = 5
OK, FAILED, BUSY = "ok", "FAILED", "BUSY"


def check(mfn, conformance, *arguments):
    """Without `--full` it does not fail for a machine that is too busy, and tells it."""
    is_full, only, ways = read(arguments)
    rows, verdicts = zip(*(row_of(way, mfn, conformance, is_full, only) for way in ways), strict=True)
    names = [name for name in NAMES if name in only]
    print(f"\n| balancer | {' | '.join(names)} |\n{'|---' * (len(names) + 1)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    verdicts = [verdict for of_row in verdicts for verdict in of_row]
    for name in ways:
        if "+" in name:
            continue
        with Rig(name, mfn, conformance, tls_to_replicas=True) as rig:
            verdicts.append(shown(rig, [f"{name}+tls"], quiet.methods.__name__, quiet.methods))
    if BUSY in verdicts:
        print(f"{verdicts.count(BUSY)} of these could not be seen, since the machine was too busy")
    failures = verdicts.count(FAILED) + (verdicts.count(BUSY) if is_full else 0)
    if failures:
        sys.exit(f"{failures} of these are not as they should be")


def read(arguments):
    """Whether it is `--full`, the names of what is to be shown, and of which ways to balance."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", type=lambda names: names.split(","), default=NAMES)
    parser.add_argument("ways", nargs="*", default=EACH)
    options = parser.parse_args(arguments)
    require(set(options.only) <= set(NAMES), f"these can be shown: {','.join(NAMES)}")
    return options.full, options.only, options.ways


def row_of(way, mfn, conformance, is_full, only):
    """A row of the table, and whether all of it is as it should be."""
    name, _, store = way.partition("+")
    row = [way]
    with Rig(name, mfn, conformance, with_store=store == "store", as_deployed=is_full) as rig:
        # The others have no default that is short enough to be seen here.
        seconds = LONG_SILENCE if is_full and not store else SILENCE if name == "envoy" else 0
        silence = quiet.Silence(rig, seconds if "silence" in only else 0)
        scenarios = dict(zip(NAMES, (*QUIET, silence.over, *ROUGH), strict=True))
        return row, [shown(rig, row, name, scenario) for name, scenario in scenarios.items() if name in only]


def shown(rig, row, name, scenario):
    for attempt in range(1, ATTEMPTS + 1):
        begin = time.monotonic()
        rig.watch.begin()
        try:
            figure, verdict = scenario(rig), OK
        except (Failed, OSError, ValueError, grpc.RpcError) as error:
            figure, verdict = str(error), BUSY if isinstance(error, Busy) or rig.watch.was_busy() else FAILED
        took = f"{time.monotonic() - begin:5.1f} s"
        print(f"{row[0]:14} {name:14} {verdict:6} {took}  {figure} ({rig.watch})", flush=True)
        if verdict != OK:
            rig.mend()
        if verdict != BUSY:
            break
    figure = " ".join(figure.split())
    row.append(figure if attempt == 1 else f"{figure} (attempt {attempt})")
    return verdict
