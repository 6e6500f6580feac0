"""Replicas of `mfn serve` behind Envoy, NGINX and HAProxy.

    python .ci/replicas check MFN CONFORMANCE [--full] [BALANCER[+store]...]
    python .ci/replicas suite MFN CONFORMANCE BALANCER[+store] [FLAG...]
    python .ci/replicas cost MFN CONFORMANCE [BALANCER[+store]|direct[+store]...]
    python .ci/replicas serve BALANCER[+store] MFN

`check` shows what docs/scaling.md promises of each, and prints the table that it has, with `--full` by the
configurations as they are. `suite` runs the conformance suite with these flags through TLS; `cost` measures.
`serve` is a server for the conformance suite to start.
"""

import pathlib
import signal
import sys

# The SDK, as a client of the replicas.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "clients/python/src"))

# What was started is ended, by whatever way this ends.
if sys.argv[1] != "serve":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))

what, *rest = sys.argv[1:]
if what == "serve":
    from served import serve

    way, mfn = rest
    serve(way.partition("+")[0], mfn, way.endswith("+store"))
elif what == "suite":
    from rig import Rig

    mfn, conformance, way, *flags = rest
    name, _, store = way.partition("+")
    with Rig(name, mfn, conformance, with_store=store == "store") as rig:
        rig.suite(*flags)
        print(rig.suite_said)
elif what == "cost":
    from costs import cost

    cost(*rest)
else:
    from checked import check

    check(*rest)
