"""What a call costs in CPU time, by who spends it: the table of costs in docs/scaling.md.

Of a cached answer, so that it is nothing but the way there and back. Calls a second say little here,
since callers, balancer, store and replicas share the cores; CPU time is what each needs of its own.
"""

from rig import FREE, Rig

CALLS = 80000
# Of each key, and so of each load.
STREAMS = ("--connections", 2, "--streams", 8)


def cost(mfn, conformance, *ways):
    print("| way | replicas | µs of the replicas | of the balancer | of the store | all | calls a second |")
    print("|---|---|---|---|---|---|---|")
    for way in ways or ("direct", "envoy", "nginx", "haproxy"):
        for count in (1, 3):
            name, _, store = way.partition("+")
            direct = name == "direct"
            # Some balancer stands by where calls go past it.
            with Rig("envoy" if direct else name, mfn, conformance, count=count, with_store=store == "store") as rig:
                print(measured(rig, way, direct), flush=True)


def measured(rig, way, direct):
    spenders = [
        lambda: sum(replica.program.cpu_seconds() for replica in rig.replicas),
        rig.balancer.program.cpu_seconds,
        rig.store.cpu_seconds if rig.with_store else float,
    ]
    # Connections and caches are as in the middle of a long time.
    run(rig, direct, "before", CALLS // 4)
    before = [spender() for spender in spenders]
    per_second = run(rig, direct, "counted", CALLS)
    spent = [(spender() - earlier) / CALLS * 1e6 for spender, earlier in zip(spenders, before, strict=True)]
    replicas, balancer, store = spent
    balancer = 0 if direct else balancer
    figures = [replicas, balancer, store, replicas + balancer + store]
    return f"| {way} | {len(rig.replicas)} | {' | '.join(f'{figure:.0f}' for figure in figures)} | {per_second:.0f} |"


def run(rig, direct, name, calls):
    """So many calls of all keys together; how many a second that were."""
    loads = [
        rig.load(
            f"{name}-{key}",
            *STREAMS,
            "--calls",
            calls // len(FREE),
            key=key,
            to=rig.replicas[at % rig.count] if direct else None,
        )
        for at, key in enumerate(FREE)
    ]
    return calls / max(load.report()["elapsed_seconds"] for load in loads)
