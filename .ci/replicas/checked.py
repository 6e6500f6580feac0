"""All that is to hold of each balancer, one thing after the other, and the table of docs/scaling.md."""

import sys
import time

import scenarios
from programs import Failed
from rig import Rig
# What is shown of each, in this order. The first ones leave the replicas as they were.
QUIET = ("methods", "limits", "many_streams", "deadline", "cancellation")
ROUGH = ("rollout", "killed", "stopped", "added")
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
            silence = scenarios.Silence(rig, LONG_SILENCE if is_full else SILENCE if name == "envoy" else 0)
            failures += sum(not shown(rig, row, scenario) for scenario in QUIET)
            failures += not shown(rig, row, "silence", silence.over)
            failures += sum(not shown(rig, row, scenario) for scenario in ROUGH)
        rows.append(row)
    print(f"\n| balancer | {' | '.join((*QUIET, 'silence', *ROUGH))} |")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    if failures:
        sys.exit(f"{failures} of these are not as they should be")


def shown(rig, row, scenario, run=None):
    begin = time.monotonic()
    try:
        figure = run() if run else getattr(scenarios, scenario)(rig)
        verdict = "ok"
    except Failed as error:
        figure, verdict = str(error), "FAILED"
    print(f"{row[0]:14} {scenario:14} {verdict:6} {time.monotonic() - begin:5.1f} s  {figure}", flush=True)
    row.append(figure)
    return verdict == "ok"
