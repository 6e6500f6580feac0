"""All that is to hold of each balancer, one thing after the other, and the table of docs/scaling.md."""

import sys
import time

import grpc
import quiet
import rough
from programs import Failed
from rig import Rig

# What is shown of each, in this order. The first ones leave the replicas as they were.
QUIET = (quiet.methods, quiet.limits, quiet.many_streams, quiet.deadline, quiet.cancellation)
ROUGH = (rough.rollout, rough.killed, rough.stopped, rough.added)
EACH = ("envoy", "nginx", "haproxy")
# Longer than Envoy's default of 15 s for a call, and than all defaults.
SILENCE, LONG_SILENCE = 20, 320


def check(mfn, conformance, *arguments):
    is_full = "--full" in arguments
    rows, failures = [], 0
    for way in [argument for argument in arguments if argument != "--full"] or EACH:
        name, _, store = way.partition("+")
        row = [way]
        with Rig(name, mfn, conformance, with_store=store == "store") as rig:
            # The others have no default that is short enough to be seen here.
            silence = quiet.Silence(rig, LONG_SILENCE if is_full else SILENCE if name == "envoy" else 0)
            failures += sum(not shown(rig, row, scenario.__name__, scenario) for scenario in QUIET)
            failures += not shown(rig, row, "silence", silence.over)
            failures += sum(not shown(rig, row, scenario.__name__, scenario) for scenario in ROUGH)
        rows.append(row)
    names = [*(scenario.__name__ for scenario in QUIET), "silence", *(scenario.__name__ for scenario in ROUGH)]
    print(f"\n| balancer | {' | '.join(names)} |")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    for name in EACH:
        with Rig(name, mfn, conformance, tls_to_replicas=True) as rig:
            failures += not shown(rig, [f"{name}+tls"], "methods", quiet.methods)
    if failures:
        sys.exit(f"{failures} of these are not as they should be")


def shown(rig, row, name, scenario):
    begin = time.monotonic()
    try:
        figure = scenario(rig)
        verdict = "ok"
    except (Failed, OSError, grpc.RpcError) as error:
        figure, verdict = str(error), "FAILED"
    print(f"{row[0]:14} {name:14} {verdict:6} {time.monotonic() - begin:5.1f} s  {figure}", flush=True)
    row.append(figure)
    return verdict == "ok"
