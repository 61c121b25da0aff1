"""The contract: what is written is read again, and nothing else is."""

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from filelock import lock_descriptor
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.builders import make_results, make_sample
from tunecard.runner.errors import ContractError, OutputError
from tunecard.runner.schema import (
    RESULTS,
    SCHEMA_VERSION,
    Results,
    dump,
    json_schema,
    load,
    write_file,
)

Document = dict[str, Any]


@pytest.fixture(scope="module")
def results() -> Results:
    """Give the results of a run with a failed case."""
    return make_results(failed={"knn/tuned": ("timeout", "ran longer than 3 s")})


@pytest.fixture
def document(results: Results) -> Document:
    """Give the results as the JSON that is written."""
    parsed: Document = json.loads(results.model_dump_json())
    return parsed


def put(document: object, path: Path) -> Path:
    """Write any JSON value as a results file."""
    path.write_text(json.dumps(document), "utf-8")
    return path


def refused(path: Path) -> str:
    """Return what is said of a file that is refused."""
    with pytest.raises(ContractError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_results_that_contradict_themselves_stand_apart(
    results: Results, tmp_path: Path
) -> None:
    """What was measured is written, the reason is given, and no run looks whole."""
    odd = results.model_copy(update={"cases": (results.cases[0], *results.cases)})
    with pytest.raises(
        ContractError, match=r"results\.invalid\.json: (.|\n)*cases\[1\]"
    ) as caught:
        dump(odd, tmp_path / RESULTS)
    assert [path.name for path in tmp_path.iterdir()] == ["results.invalid.json"]
    assert refused(tmp_path / "results.invalid.json") in str(caught.value)
    dump(results, tmp_path / RESULTS)
    assert [path.name for path in tmp_path.iterdir()] == [RESULTS]


def test_what_is_dumped_is_loaded(results: Results, tmp_path: Path) -> None:
    """Reading a written file gives the equal value, and writing that the same bytes."""
    first, second = tmp_path / "a" / RESULTS, tmp_path / "b" / RESULTS
    dump(results, first)
    again = load(first)
    dump(again, second)
    assert again == results
    assert first.read_bytes() == second.read_bytes()


@given(
    score=st.floats(0, 1e18),
    wall_ns=st.integers(0, 2**60),
    param=st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(codec="utf-8")),
        st.none(),
        st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple),
    ),
)
def test_numbers_come_back_to_the_bit(
    results: Results, tmp_path: Path, score: float, wall_ns: int, param: Any
) -> None:
    """Floats, large integers and every kind of parameter survive the file exactly."""
    case = results.cases[0].model_copy(update={"params": {"p": param}, "elapsed": score})
    sample = make_sample(1.0, wall_ns=wall_ns)
    timed = case.timings[0].model_copy(update={"samples": (sample,)})
    case = case.model_copy(update={"timings": (timed,)})
    dump(results.model_copy(update={"cases": (case,)}), tmp_path / RESULTS)
    (found,) = load(tmp_path / RESULTS).cases
    assert math.copysign(1, found.elapsed or 0.0) == math.copysign(1, score)
    assert found.elapsed == score
    assert found.params["p"] == param
    assert type(found.params["p"]) is type(param)
    assert found.timings[0].samples[0].wall_ns == wall_ns


def test_values_are_frozen(results: Results) -> None:
    """A value of the contract cannot be changed."""
    with pytest.raises(ValidationError, match="frozen"):
        results.run_id = "other"  # type: ignore[misc] # which is what is tested


def test_nothing_but_numbers_is_a_number() -> None:
    """NaN and infinity are refused where a value is made."""
    with pytest.raises(ValidationError, match="finite"):
        make_sample(1.0, load_1m=math.nan)
    with pytest.raises(ValidationError, match="finite"):
        make_sample(1.0, other_cpu=math.inf)


def test_another_version_is_refused_with_both_named(
    document: Document, tmp_path: Path
) -> None:
    """A file of the future tells which version it is and which one is read."""
    document["schema_version"] = "7"
    document["cases"] = "whatever the future has"
    message = refused(put(document, tmp_path / RESULTS))
    assert message.startswith(
        f"schema_version is '7', but this Tunecard reads '1' and {SCHEMA_VERSION!r}. "
    )


def test_a_file_without_a_version_is_refused(document: Document, tmp_path: Path) -> None:
    """Any other JSON object is no results file."""
    del document["schema_version"]
    assert refused(put(document, tmp_path / RESULTS)).startswith(
        "schema_version is missing"
    )


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("cases", 0, "status"), "fine", "cases[0].status: \"fine\": must be 'ok', "),
        (
            ("cases", 0, "elapsed"),
            "long",
            'cases[0].elapsed: "long": must be a number.',
        ),
        (
            ("cases", 0, "timings", 0, "samples", 1, "wall_ns"),
            -1,
            "cases[0].timings[0].samples[1].wall_ns: -1: must be at least 0 and at most",
        ),
        (("dataset", "n_train"), 1.5, "dataset.n_train: 1.5: must be an integer."),
        (("study", "models", 0, "search", "folds"), 1, "study.models[0].search.folds: "),
        (("zzz",), 1, "zzz: unknown key. Allowed are: schema_version, "),
        (("environment",), None, "environment: null: must be an object, in braces."),
    ],
)
def test_a_wrong_value_is_told_with_its_path(
    document: Document,
    tmp_path: Path,
    path: tuple[str | int, ...],
    value: object,
    expected: str,
) -> None:
    """A wrong type or value is told with the path of the field."""
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    message = refused(put(document, tmp_path / RESULTS))
    assert message.startswith("does not follow the contract")
    assert message.splitlines()[1].startswith(f"  {expected}")


def test_a_missing_field_is_told(document: Document, tmp_path: Path) -> None:
    """A field that is not there is told with its path."""
    del document["cases"][1]["model"]
    assert "\n  cases[1].model: is missing; it must be given." in refused(
        put(document, tmp_path / RESULTS)
    )


def test_many_errors_are_cut_short(document: Document, tmp_path: Path) -> None:
    """Ten errors are told, and the number of the others."""
    document |= {f"zzz{number}": 1 for number in range(13)}
    lines = refused(put(document, tmp_path / RESULTS)).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "  and 3 more"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is not JSON ("),
        (b"not JSON", "is not JSON ("),
        (b'{"schema_version": NaN}', "is not JSON (NaN is not a JSON value)"),
        (b'{"a": Infinity}', "is not JSON (Infinity is not a JSON value)"),
        (b'{"a": ' + b"1" * 5000 + b"}", "is not JSON ("),
        (b"[" * 100_000, "is not JSON that Tunecard wrote: it is nested too deep."),
        (b"[1]", "holds [1], but a results.json is an object, in braces."),
        (b'{"a": 1, "a": 2}', 'is not JSON (the key "a" appears twice in one object)'),
        (b"\xff\xfe", "is not UTF-8 text, so it is not a results.json."),
    ],
)
def test_what_is_no_json_object(tmp_path: Path, content: bytes, expected: str) -> None:
    """Anything but a JSON object is told as what it is."""
    path = tmp_path / RESULTS
    path.write_bytes(content)
    assert refused(path).startswith(expected)


def test_a_file_that_is_cut_off(results: Results, tmp_path: Path) -> None:
    """A truncated file is told to be one, wherever the cut is."""
    path = tmp_path / RESULTS
    dump(results, path)
    whole = path.read_bytes()
    for size in range(0, len(whole) - 2, len(whole) // 20):
        path.write_bytes(whole[:size])
        assert refused(path).endswith("It may be cut off; run the study again.")


def test_a_number_beyond_floats_is_told(document: Document, tmp_path: Path) -> None:
    """1e999 is JSON, but no number of the contract."""
    path = tmp_path / RESULTS
    text = json.dumps(document).replace(
        f'"wall_seconds": {document["wall_seconds"]}', '"wall_seconds": 1e999'
    )
    path.write_text(text, "utf-8")
    assert "wall_seconds: Infinity: must be a finite number." in refused(path)


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A file that is not there, or a folder, is told with what to give."""
    assert refused(tmp_path / name).endswith("Give a run folder or a results.json.")


@given(position=st.integers(0), byte=st.integers(0, 255))
def test_one_wrong_byte_is_an_error_or_a_value(
    results: Results, tmp_path: Path, position: int, byte: int
) -> None:
    """A file with a byte changed is read or refused; nothing else happens."""
    content = bytearray(results.model_dump_json().encode())
    content[position % len(content)] = byte
    path = tmp_path / RESULTS
    path.write_bytes(content)
    try:
        assert isinstance(load(path), Results)
    except ContractError as error:
        message = str(error)
    else:
        message = f"{path}: "
    assert message.startswith(f"{path}: ")


def test_json_schema_validates_what_is_written(document: Document) -> None:
    """The printed JSON Schema is one, and a written file follows it."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


def test_json_schema_refuses_what_load_refuses(document: Document) -> None:
    """A wrong type is refused by the JSON Schema, too."""
    document["cases"][0]["status"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate(document)


def test_a_file_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    """A place below a regular file is refused, and nothing is left."""
    (tmp_path / "file").write_text("mine", "utf-8")
    with pytest.raises(OutputError, match=r"cannot be written \(.*\)\. Choose a folder"):
        write_file(tmp_path / "file" / "folder" / "x.json", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk is full the old file stays whole, and no part of the new one."""
    path = tmp_path / "x.json"
    write_file(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_file(path, "new")
    assert [item.name for item in tmp_path.iterdir()] == ["x.json"]
    assert path.read_text("utf-8") == "old"


def test_files_are_utf_8_and_for_others_to_read(tmp_path: Path) -> None:
    """Text is UTF-8 with plain line ends, with the rights of any new file."""
    plain, path = tmp_path / "plain", tmp_path / "x"
    plain.touch()
    write_file(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert path.stat().st_mode == plain.stat().st_mode


def test_half_a_character_is_written_as_a_question_mark(tmp_path: Path) -> None:
    """A lone surrogate has no encoding; the file is whole and readable all the same."""
    write_file(tmp_path / "x", "name \udcff here")
    assert (tmp_path / "x").read_bytes() == b"name ? here"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            ("study", "title"),
            '"\\ud800"',
            "study.title: holds half of a character; it must",
        ),
        (
            ("peak_memory",),
            '{"\\udfff": 1}',
            "peak_memory: a key, '\\udfff', holds half of a",
        ),
        (("peak_memory", "main"), "9" * 30, "peak_memory.main: is an integer of more"),
        (("cases", 0, "elapsed"), "-0.5", "cases[0].elapsed: -0.5: must be at least 0."),
        (("dataset", "n_train"), "7", "dataset.n_train: is 7, but its classes have 1,200"),
        (("dataset", "n_features"), "63", "dataset.image_shape: [8, 8] has not n_features"),
        (("cases", 0, "model"), '"svc"', "cases[0].model: 'svc': must be a model of the"),
        (("cases", 1, "model"), '"logreg"', "cases[3]: logreg/tuned appears twice; each"),
        (("cases", 0, "quality"), "null", "cases[0].quality: is missing; a case that is"),
        (
            ("cases", 0, "quality", "test", "accuracy"),
            "1.5",
            "cases[0].quality.test.accuracy: 1.5: must be from 0 to 1.",
        ),
        (
            ("cases", 0, "quality", "per_class", 2, "name"),
            '"x"',
            "cases[0].quality.per_class: does not name the classes of the dataset",
        ),
        (
            ("cases", 0, "timings", 2, "samples"),
            "[]",
            "cases[0].timings[2].samples: has no counted call.",
        ),
        (
            ("searches", 0, "best"),
            "0",
            "searches[0].best: 0: is not a candidate that could",
        ),
        (("searches", 0, "model"), '"logreg"', "searches[0]: a search of 'logreg' appears"),
        (
            ("searches", 0, "candidates", 1, "scores"),
            "[0.5]",
            "searches[0].candidates[1].scores: has 1 values, but the search has 5 folds.",
        ),
        (
            ("searches", 1, "candidates", 2, "params", "C"),
            "0",
            "searches[1].candidates[2].params.C: 0: is not between 0.001 and 100, from",
        ),
    ],
)
def test_what_contradicts_is_told(
    document: Document,
    tmp_path: Path,
    path: tuple[str | int, ...],
    text: str,
    expected: str,
) -> None:
    """Values that no run has, and fields that contradict each other, are told."""
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = "PUT HERE"
    file = tmp_path / RESULTS
    file.write_text(json.dumps(document).replace('"PUT HERE"', text), "utf-8")
    assert f"\n  {expected}" in refused(file)


def test_a_number_below_0_may_be_a_parameter(document: Document, tmp_path: Path) -> None:
    """An estimator's own parameters are what they are, and so is its iteration limit."""
    document["cases"][0]["params"] = {"n_jobs": -1}
    document["cases"][0]["max_iter"] = -1
    assert load(put(document, tmp_path / RESULTS)).cases[0].params == {"n_jobs": -1}


def test_an_abandoned_file_is_removed_and_one_at_work_stays(tmp_path: Path) -> None:
    """What a killed process left of a file goes with the next writing of that file."""
    path = tmp_path / "report.html"
    abandoned, at_work, other = (
        tmp_path / name
        for name in (".report.html.abcd1234", ".report.html.zyxw9876", ".report.html.own")
    )
    for file in (abandoned, at_work, other):
        file.touch()
    with at_work.open("rb") as stream:
        assert lock_descriptor(stream.fileno(), blocking=False)
        write_file(path, "new")
    assert set(tmp_path.iterdir()) == {path, at_work, other}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("cases", 0, "quality", "per_class", 0, "support"), 2**63 - 1),
        (("searches", 0, "folds", 0), [0, 400]),
        (("searches", 0, "cpu_seconds"), 1e300),
        (("searches", 0, "candidates", 0, "cpu_seconds", 0), 1e300),
    ],
)
def test_numbers_that_no_arithmetic_takes_are_refused(
    document: Document, tmp_path: Path, place: tuple[str | int, ...], value: Any
) -> None:
    """Counts that no float holds, times that no machine ran and empty folds are named."""
    *outer, last = place
    holder: Any = document
    for key in outer:
        holder = holder[key]
    holder[last] = value
    path = tmp_path / RESULTS
    path.write_text(json.dumps(document), "utf-8")
    assert str([name for name in place if isinstance(name, str)][-1]) in refused(path)
