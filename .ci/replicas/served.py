"""Three replicas behind a balancer as if they were one server, for `conformance run --spawn`.

It is told its port and its settings by the variables of spec/configuration.md, and ends on SIGTERM.
"""

import os
import pathlib
import shutil
import signal
import sys
import tempfile

from balancers import BALANCERS
from network import own_network
from programs import Failed, Program
from replica import READY, Replica
from store import start_store, store_url

# What is the balancer's, and not the replicas'.
OF_THE_EDGE = ("MFN_GRPC_HOST", "MFN_GRPC_PORT")
TLS = "MFN_GRPC_TLS_ENABLED"
CERTIFICATE, KEY = "MFN_GRPC_TLS_CERT_PATH", "MFN_GRPC_TLS_KEY_PATH"


def serve(name, mfn, with_store):
    # What starts this ends all of it, by its group.
    Program.own_group = False
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mfn-served-"))
    network = own_network()
    port = os.environ["MFN_GRPC_PORT"]
    settings = {key: value for key, value in os.environ.items() if key.startswith("MFN_") and key not in OF_THE_EDGE}
    # The replicas listen on other addresses than that of one machine.
    settings.setdefault("MFN_GRPC_ALLOW_ANONYMOUS", "true")
    tls = ends_tls(settings, folder / "tls")
    programs = []
    try:
        if with_store:
            programs.append(start_store(network, folder))
            settings["MFN_GRPC_SHARED_LIMITS_URL"] = store_url(network)
        for number in (11, 12, 13):
            replica = Replica(mfn, f"{network}{number}", number, folder, settings)
            replica.begin()
            programs.append(replica.program)
        for program in programs[-3:]:
            program.printed(READY)
        balancer = BALANCERS[name](folder, network, "127.0.0.1", port, tls=tls, with_store=with_store)
        balancer.start()
        programs.append(balancer.program)
        for number in (11, 12, 13):
            balancer.has_calls(f"{network}{number}")
        print(f"mfn behind {name} listening on 127.0.0.1:{port} ({'TLS' if tls else 'plaintext'})", flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    except Failed as failed:
        # What a replica has to say of its settings, if that is why.
        sys.exit(str(failed))
    finally:
        for program in programs:
            if program.runs():
                program.send(signal.SIGTERM)
        for program in programs:
            program.kill()
        shutil.rmtree(folder, ignore_errors=True)


def ends_tls(settings, folder):
    """Whether TLS ends at the balancer, by the certificate of these settings, which are the replicas' no more.

    What else a server can be told of TLS, such as whose certificates clients have to have, is left to the replicas.
    """
    if settings.get(TLS) != "true" or any(name.startswith("MFN_GRPC_TLS_CLIENT") for name in settings):
        return False
    certificate, key = (pathlib.Path(settings.pop(name)).read_text() for name in (CERTIFICATE, KEY))
    del settings[TLS]
    folder.mkdir()
    for name, text in (("tls.crt", certificate), ("tls.key", key), ("both.pem", certificate + key)):
        (folder / name).write_text(text)
    return True
