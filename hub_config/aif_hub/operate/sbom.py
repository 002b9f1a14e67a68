"""`aif sbom`: a list of all software that a site gets, made from the locks, as CycloneDX 1.6 in JSON.

Made from the same locks it is the same, byte for byte. A package that several environments have at one version stands
in it once and names them. The hashes of a package's files stand in the locks, whose own hashes stand in it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aif_hub.operate.locks import Locked, environments
from aif_hub.source import checkout, our_version

#: Where `aif build` puts it in a release.
FILE = "sbom.json"
_ENVIRONMENT = "aif:environment"
_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 9562's for addresses


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif sbom`, from a checkout."""
    sbom = commands.add_parser("sbom", help="list all software that a site gets, as CycloneDX in JSON")
    sbom.add_argument("--to", type=Path, metavar="FILE", help="default: print it")
    sbom.set_defaults(run=_sbom)


def _sbom(asked: argparse.Namespace, rest: list[str]) -> int:
    text = written(checkout(), our_version())
    if asked.to:
        asked.to.write_text(text)
    else:
        sys.stdout.write(text)
    return 0


def written(source: Path, version: str) -> str:
    """The whole list as text."""
    return json.dumps(bill(environments(source), version, _digests(source)), indent=1) + "\n"


def bill(found: dict[str, list[Locked]], version: str, digests: dict[str, str]) -> dict[str, Any]:
    """The list, sorted; `digests` are the locks' SHA-256 by path."""
    where: dict[tuple[str, Locked], list[str]] = {}
    for environment, packages in found.items():
        kind = "npm" if environment == "proxy" else "pypi"
        for package in packages:
            where.setdefault((_purl(kind, package), package), []).append(environment)
    components: dict[str, dict[str, Any]] = {}
    for (purl, package), names in where.items():  # the locks of two environments may name different files of a package
        one = components.setdefault(purl, _component(purl, package))
        one["properties"] += [{"name": _ENVIRONMENT, "value": name} for name in names]
    ours = {"type": "application", "bom-ref": "aif-workbench", "name": "aif-workbench", "version": version}
    listed = [components[purl] for purl in sorted(components)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps([version, digests], sort_keys=True))}",
        "version": 1,
        "metadata": {
            "component": ours,
            "properties": [{"name": f"aif:sha256:{path}", "value": digest} for path, digest in sorted(digests.items())],
        },
        "components": listed,
        "dependencies": [{"ref": "aif-workbench", "dependsOn": [one["bom-ref"] for one in listed]}],
    }


def _component(purl: str, package: Locked) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": package.name, "version": package.version}
    one |= {"purl": purl, "properties": []}
    if package.licence:
        one["licenses"] = [{"expression": package.licence}]
    if len(package.hashes) == 1 and package.hashes[0].startswith("sha512-"):
        content = base64.b64decode(package.hashes[0].removeprefix("sha512-")).hex()
        one["hashes"] = [{"alg": "SHA-512", "content": content}]
    return one


def _purl(kind: str, package: Locked) -> str:
    """The package's address: ``"pkg:pypi/idna@3.20"``, ``"pkg:npm/%40colors/colors@1.6.1"``."""
    name = package.name.replace("_", "-") if kind == "pypi" else package.name
    return f"pkg:{kind}/{quote(name)}@{quote(package.version)}"


def _digests(source: Path) -> dict[str, str]:
    paths = [*(source / "hub_config/requirements").glob("*.lock"), *(source / "kernels").glob("*/requirements.lock")]
    paths.append(source / "hub_config/proxy/package-lock.json")
    return {str(path.relative_to(source)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}
