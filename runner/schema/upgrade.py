"""Earlier versions of results.json, brought to the present one when they are read."""

from collections.abc import Mapping
from typing import Any

from tunecard.runner.metrics import find, registered
from tunecard.runner.schema.metrics import spec_of

#: Versions that are read beside the present one.
EARLIER = ("1",)
_SEARCH_FIELDS = {"n_rows_asked_again": "n_requeried_rows"}
_NEVER_RAN = "no worker ran"


def upgraded(document: dict[str, Any], version: str) -> dict[str, Any]:
    """Bring a parsed results.json to the present version; one that has it stays.

    Parameters
    ----------
    document : dict
        As the file has it. It is not changed; what is wrong in it stays wrong, and is
        reported with its field when the result is validated.
    version : str
        The present version.
    """
    if document.get("schema_version") != "1":
        return document
    result = {**document, "schema_version": version}
    for field, of_one in (("metrics", _metric), ("cases", _case), ("searches", _search)):
        entries = document.get(field)
        if isinstance(entries, list):
            result[field] = [of_one(e) if isinstance(e, dict) else e for e in entries]
    return result


def _metric(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Add range, needs and inference, which version 1 knew by the metric's name."""
    name = spec.get("name")
    metric = find(name) if isinstance(name, str) else None
    if metric is not None:
        fields = spec_of(metric).model_dump(include={"range", "needs", "inference"})
        return {**fields, **spec}
    # A measure of somebody's own: never below 0, and a share by the start of its name.
    shares = tuple(entry.name for entry in registered() if entry.is_share)
    high = 1.0 if str(name).startswith(shares) else None
    return {"range": (0.0, high), "needs": "labels", "inference": "none", **spec}


def _case(case: Mapping[str, Any]) -> dict[str, Any]:
    """Put null where version 1 wrote 0 for a case that never ran."""
    if case.get("elapsed") == 0:
        return {**case, "elapsed": None, "unmeasured": {"elapsed": _NEVER_RAN}}
    return dict(case)


def _search(record: Mapping[str, Any]) -> dict[str, Any]:
    """Rename what version 1 spelled differently."""
    renamed = {_SEARCH_FIELDS.get(name, name): value for name, value in record.items()}
    if renamed.get("method") == "shared-neighbours":
        renamed["method"] = "shared-neighbors"
    return renamed
