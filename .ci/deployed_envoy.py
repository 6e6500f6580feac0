"""Has Envoy read what its manifest mounts, with the arguments that it has.

deployed_envoy.py FILE ENVOY FOLDER_OF_TLS
"""

import pathlib
import re
import sys
import tempfile

import yaml
from deployed import require, run


def main(file, envoy, tls):
    documents = list(yaml.safe_load_all(pathlib.Path(file).read_text()))
    named = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    pod = named["Deployment", "mfn-envoy"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (mount,) = [one["configMap"]["name"] for one in pod["volumes"] if "configMap" in one]
    text = named["ConfigMap", mount]["data"]["envoy.yaml"]
    is_reached(named, container, text)
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "envoy.yaml").write_text(text.replace("/etc/mfn/tls", tls))
        args = [re.sub("^/etc/envoy/", f"{folder}/", argument) for argument in container["args"]]
        run([envoy, "--mode", "validate", *args], {})
    print(f"{file}: Envoy reads its configuration")


def is_reached(named, container, text):
    """Service, pod and configuration speak of the same ports, and Envoy of a Service that exists."""
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    (port,) = named["Service", "mfn-envoy"]["spec"]["ports"]
    configuration = yaml.safe_load(text)
    listens = socket_address(configuration["static_resources"]["listeners"][0])["port_value"]
    require(ports[port["targetPort"]] == listens, f"Envoy listens on {listens}, and its pod has {ports}")
    (cluster,) = configuration["static_resources"]["clusters"]
    (replicas,) = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    at = socket_address(replicas["endpoint"])
    headless = named["Service", at["address"]]["spec"]
    require(at["port_value"] in [port["port"] for port in headless["ports"]], f"{at} is no port of the Service")
    hook = container["lifecycle"]["preStop"]["exec"]["command"][-1]
    admin = socket_address(configuration["admin"])
    require(f"/dev/tcp/{admin['address']}/{admin['port_value']}\n" in hook, "the hook asks another port than Envoy has")
    drained = int(container["args"][container["args"].index("--drain-time-s") + 1])
    (slept,) = re.findall(r"sleep (\d+)", hook)
    grace = named["Deployment", "mfn-envoy"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    require(drained < int(slept) < grace, "the pod is killed before it is drained")


def socket_address(of):
    return of["address"]["socket_address"]


if __name__ == "__main__":
    main(*sys.argv[1:])
