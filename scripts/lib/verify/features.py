"""What each library says that it is made of, side by side."""

from collections.abc import Mapping
from typing import Any

# These differ by their nature.
OWN = ("build_id", "target")
MISSING = "-"
type Features = dict[str, dict[str, str]]


def collect(calls: Mapping[str, Mapping[str, Any]]) -> Features:
    """Return the value of every feature by platform, from one call of each."""
    told = {key: _facts(call) for key, call in calls.items()}
    names = dict.fromkeys(name for facts in told.values() for name in facts)
    return {
        name: {key: facts.get(name, MISSING) for key, facts in told.items()}
        for name in names
    }


def differences(features: Features) -> list[str]:
    """Return the features that are not the same everywhere."""
    return [
        f"{name} differs: {values}"
        for name, values in features.items()
        if name not in OWN and len(set(values.values())) > 1
    ]


def _facts(call: Mapping[str, Any]) -> dict[str, str]:
    """Return Gate.buildInfo() as the agent has handed it on, and PJSIP's codecs."""
    facts: dict[str, str] = {}
    agent = call["agent"]
    told = {**call["build"], "binding": agent["binding"]}
    told["running codecs"] = sorted(agent["codecs"])
    for name, value in told.items():
        if isinstance(value, list):
            facts |= {f"{name}: {item}": "yes" for item in value}
        else:
            facts[name] = str(value)
    return facts
