"""Version 1 of the contract stays what it was: its file in tests/data loads for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import make_results
from tunecard.runner.schema import SCHEMA_VERSION, dump, json_schema, load

DATA = Path(__file__).resolve().parents[1] / "data"
#: A results.json and the JSON Schema, as version 1 wrote them. Never made anew: where a
#: test fails, the contract is to be mended, or gets version 2 and a step that reads 1.
RESULTS = DATA / "results-v1.json"
SCHEMA = DATA / "schema-v1.json"
_WORDS = {"title", "description", "examples"}


@pytest.fixture
def frozen(request: pytest.FixtureRequest) -> None:
    """Skip while the version may still change; freeze it when asked to.

    To freeze: set ``SCHEMA_VERSION = "1"`` with its line of history, run
    ``pytest tests/test_runner/test_schema_frozen.py --update-golden`` once, and commit
    the two files. The option does not overwrite them afterwards.
    """
    if SCHEMA_VERSION == "1-dev":
        pytest.skip("the contract is 1-dev: it may change until it is frozen as 1")
    if request.config.getoption("--update-golden") and not RESULTS.exists():
        assert SCHEMA_VERSION == "1", "only version 1 makes the files of version 1"
        dump(full_results(), RESULTS)
        schema = json.dumps(json_schema(), indent=1, sort_keys=True)
        SCHEMA.write_text(schema + "\n", "utf-8")


def full_results() -> Any:
    """A run with failures, warnings and every kind of number."""
    return make_results(
        failed={"knn/tuned": ("oom", "it needed 9 GiB, the limit is 8 GiB")},
        dataset={"subset_of": "all of it", "fallback_reason": "out of reach"},
    )


@pytest.mark.usefixtures("frozen")
def test_version_1_loads() -> None:
    """The file of version 1 is read, and what it said is kept."""
    document = json.loads(RESULTS.read_text("utf-8"))
    assert document["schema_version"] == "1"
    results = load(RESULTS)
    assert results.run_id == document["run_id"]
    assert [case.status for case in results.cases] == [
        case["status"] for case in document["cases"]
    ]


@pytest.mark.usefixtures("frozen")
def test_version_1_is_written_as_it_was(tmp_path: Path) -> None:
    """While 1 is the version, reading and writing gives the same bytes."""
    if SCHEMA_VERSION != "1":
        pytest.skip(f"the contract is at {SCHEMA_VERSION}: it writes its own version")
    dump(load(RESULTS), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == RESULTS.read_bytes()


@pytest.mark.usefixtures("frozen")
def test_schema_of_version_1_only_grows_by_what_is_optional() -> None:
    """No field goes, changes its type or becomes required; words may change."""
    frozen = json.loads(SCHEMA.read_text("utf-8"))
    assert broken(frozen, json_schema(), "results") == []


def broken(old: Any, new: Any, where: str) -> list[str]:
    """List where a schema refuses, or no longer describes, what an older one allowed."""
    if where.endswith((".anyOf", ".oneOf")) and isinstance(new, list):
        # One more kind of value may be allowed; each of the old ones still is.
        known = [one for one in old if all(broken(one, other, where) for other in new)]
        return [f"{where}: {one!r} is gone" for one in known]
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [] if old == new else [f"{where}: {old!r} became {new!r}"]
    # Below "properties" and "$defs" keys are names of fields, whatever they are.
    words = set() if where.endswith(("properties", "$defs")) else _WORDS
    found = [f"{where}.{key} is gone" for key in old if key not in new and key not in words]
    for key in sorted(old.keys() & new.keys() - words):
        if key == "required":
            added = sorted(set(new[key]) - set(old[key]))
            found += [f"{where}: {name} became required" for name in added]
        else:
            found += broken(old[key], new[key], f"{where}.{key}")
    return found


def test_a_change_would_be_noticed() -> None:
    """A field that goes, changes its type or becomes required is told; a new one is not."""
    old = {"properties": {"a": {"type": "integer"}}, "required": ["a"]}
    new = {"properties": {"b": {"type": "integer"}}, "required": ["a", "b"]}
    other = {"properties": {"a": {"type": "string"}}, "required": ["a"]}
    more = {"properties": {"a": {"type": "integer"}, "b": {}}, "required": ["a"]}
    assert broken(old, new, "r") == ["r.properties.a is gone", "r: b became required"]
    assert broken(old, other, "r") == ["r.properties.a.type: 'integer' became 'string'"]
    assert broken(old, more, "r") == []
