"""Holds what a file has of the Gateway API to the schemas that its module brings.

    gateway.py FILE FOLDER_OF_CRDS

A field that does not exist is refused, as kubernetes-validate --strict does.
"""

import pathlib
import sys

import jsonschema
import yaml

GROUP = "gateway.networking.k8s.io"


def main(file, folder):
    checked = 0
    for document in yaml.safe_load_all(pathlib.Path(file).read_text()):
        group, _, version = document["apiVersion"].partition("/")
        if group == GROUP:
            schema = strict(schema_of(pathlib.Path(folder), document["kind"], version))
            jsonschema.validate(document, schema)
            checked += 1
    if not checked:
        sys.exit(f"{file} has nothing of {GROUP}")


def schema_of(folder, kind, version):
    definition = yaml.safe_load((folder / f"{GROUP}_{kind.lower()}s.yaml").read_text())
    (found,) = [one for one in definition["spec"]["versions"] if one["name"] == version]
    return found["schema"]["openAPIV3Schema"]


def strict(schema):
    """The schema, with which an object has only the fields that are named. Metadata have those of every kind."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    stricter = {name: strict(one) for name, one in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        stricter.setdefault("additionalProperties", False)
    return stricter


if __name__ == "__main__":
    main(*sys.argv[1:])
