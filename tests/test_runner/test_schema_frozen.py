"""Versions of the contract stay what they were: their files in tests/data load for ever."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builders import make_results
from tunecard.runner.schema import SCHEMA_VERSION, dump, json_schema, load

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
#: A results.json of each version, as it wrote them; and the JSON Schema of the present
#: one. Never made again: where a test fails, the contract is to be mended, or gets another
#: version and a step that reads the one before.
VERSIONS = ("1", "2")
RESULTS = DATA / f"results-v{SCHEMA_VERSION}.json"
SCHEMA = DATA / f"schema-v{SCHEMA_VERSION}.json"
SAMPLES = ("sample", "sample-digits")
_WORDS = {"title", "description", "examples"}


@pytest.fixture
def frozen(request: pytest.FixtureRequest) -> None:
    """Freeze the present version when asked to.

    To freeze: set ``SCHEMA_VERSION`` with its line of history, run
    ``pytest tests/test_runner/test_schema_frozen.py --update-golden`` once, and commit
    the two files. The option does not overwrite them afterwards.
    """
    if request.config.getoption("--update-golden") and not RESULTS.exists():
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
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_loads(version: str) -> None:
    """The file of each version is read as the present one, and what it said is kept."""
    file = DATA / f"results-v{version}.json"
    document = json.loads(file.read_text("utf-8"))
    assert document["schema_version"] == version
    schema = json.loads((DATA / f"schema-v{version}.json").read_text("utf-8"))
    jsonschema.validate(document, schema)
    results = load(file)
    assert results.schema_version == SCHEMA_VERSION
    assert differing(document, json.loads(results.model_dump_json())) == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_samples_keep_every_number(sample: str) -> None:
    """The committed files hold each value of the version 1 files that they were."""
    old = (DATA / f"{sample}-v1.json").read_text("utf-8")
    document = json.loads(old.replace("nearest neighbours", "nearest neighbors"))
    committed = json.loads((ROOT / "reports" / sample / "results.json").read_text("utf-8"))
    assert sum(1 for _ in leaves(document)) > 1_000
    assert committed["schema_version"] == SCHEMA_VERSION
    assert differing(document, committed) == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_whole_file_of_version_1_comes_through_the_upgrade(
    sample: str, tmp_path: Path
) -> None:
    """Each of its values is read, and comes back from disk as version 2."""
    file = DATA / f"{sample}-v1.json"
    results = load(file)
    upgraded = json.loads(results.model_dump_json())
    assert differing(json.loads(file.read_text("utf-8")), upgraded) == []
    dump(results, tmp_path / "results.json")
    assert load(tmp_path / "results.json") == results


#: What version 2 calls and spells differently from version 1.
_RENAMED = re.compile("/n_rows_asked_again$")
_RESPELLED = {"shared-neighbours": "shared-neighbors"}


def differing(old: Any, new: Any) -> list[str]:
    """List the places where a document does not hold what an older one held."""
    present = dict(leaves(new))
    gone = object()
    return [
        place
        for place, value in leaves(old)
        if place != "/schema_version"
        and present.get(_RENAMED.sub("/n_requeried_rows", place), gone)
        != _RESPELLED.get(str(value), value)
    ]


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a document that holds no other, with its place."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{place}/{key}")
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{place}/{number}")
    else:
        yield place, value


def test_version_1_knew_no_range_and_wrote_0_for_what_never_ran(tmp_path: Path) -> None:
    """The upgrade adds what a metric's name stood for, and null with a reason."""
    document = json.loads((DATA / "results-v1.json").read_text("utf-8"))
    document["metrics"].append(
        {
            "name": "cost", "label": "cost", "unit": "EUR", "greater_is_better": False,
            "headline": False,
        }
    )  # fmt: skip
    document["cases"][1]["elapsed"] = 0.0
    file = tmp_path / "results.json"
    file.write_text(json.dumps(document), "utf-8")
    results = load(file)
    specs = {spec.name: spec for spec in results.metrics}
    assert (specs["log_loss"].range, specs["log_loss"].inference) == ((0.0, None), "rows")
    assert (specs["f1_macro"].range, specs["f1_macro"].delta_unit) == ((0, 1), "points")
    assert (specs["cost"].range, specs["cost"].delta_unit) == ((0.0, None), "EUR")
    assert results.cases[1].elapsed is None
    assert results.cases[1].unmeasured == {"elapsed": "no worker ran"}


@pytest.mark.usefixtures("frozen")
def test_the_present_version_is_written_as_it_was(tmp_path: Path) -> None:
    """Reading and writing gives every value again, and only adds what has a default."""
    dump(load(RESULTS), tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text("utf-8"))
    assert differing(json.loads(RESULTS.read_text("utf-8")), again) == []


@pytest.mark.usefixtures("frozen")
def test_the_schema_only_grows_by_what_is_optional() -> None:
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
