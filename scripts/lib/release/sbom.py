"""The bill of materials, in the JSON of CycloneDX 1.6."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
import hashlib
import json

from native.builder.library import MODULE

from .libraries import FOLDER
from .parts import Part
from .version import Version

REPOSITORY = "https://github.com/sip-intercom/sip-intercom"
OURS = "sip_intercom"


def bill(version: Version, files: Mapping[str, bytes], parts: Iterable[Part]) -> bytes:
    """Return what the release is made of: our libraries, and what is in them."""
    parts = sorted(parts, key=lambda part: part.name)
    modules = sorted(name for name in files if name.endswith(f"/{MODULE}"))
    inside = [part.name for part in parts]
    data = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(version.moment, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": OURS,
                "name": OURS,
                "version": version.name,
                "licenses": [{"expression": "GPL-3.0-or-later"}],
                "purl": f"pkg:github/sip-intercom/sip-intercom@v{version.name}",
            },
        },
        "components": [
            *(_module(name, files[name]) for name in modules),
            *(_part(part, version.name) for part in parts),
        ],
        "dependencies": [
            {"ref": OURS, "dependsOn": modules},
            *({"ref": name, "dependsOn": inside} for name in modules),
        ],
    }
    return f"{json.dumps(data, indent=2)}\n".encode()


def _module(name: str, content: bytes) -> dict[str, object]:
    return {
        "type": "file",
        "bom-ref": name,
        "name": name,
        "version": name.removeprefix(f"{FOLDER}/").partition("/")[0],
        "hashes": [_hash(hashlib.sha256(content).hexdigest())],
        "licenses": [{"expression": "GPL-3.0-or-later"}],
    }


def _part(part: Part, version: str) -> dict[str, object]:
    found: dict[str, object] = {
        "type": "library",
        "bom-ref": part.name,
        "name": part.name,
        "version": part.version,
        "description": f"{part.what}; made from {part.archive}",
        "hashes": [_hash(one) for one in part.sha256],
        "licenses": [_licence(part.licence)],
        "purl": part.purl,
    }
    if part.patches:
        changes = [
            {
                "type": "unofficial",
                "diff": {"url": f"{REPOSITORY}/blob/v{version}/{patch}"},
            }
            for patch in part.patches
        ]
        found["pedigree"] = {"patches": changes}
    return found


def _hash(sha256: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": sha256}


def _licence(name: str) -> dict[str, object]:
    if name.startswith("LicenseRef-"):
        return {"license": {"name": name.removeprefix("LicenseRef-")}}
    return {"expression": name}
