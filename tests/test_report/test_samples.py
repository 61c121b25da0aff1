"""The committed samples: rendered again they are the same; and how they are made."""

import csv
import json
import os
import re
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests import make_samples
from tests.builders import KNN, make_run, write_run
from tests.make_picture import PAGE, PICTURE, shown, told
from tests.make_samples import ROOT, SAMPLES, Refused, Sample
from tunecard.report.load import load
from tunecard.report.render import HTML, render
from tunecard.runner.config import load_study
from tunecard.runner.schema import COLUMNS, PREDICTIONS, RESULTS, WEIGHTS, Results, dump

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
DATA = {RESULTS, PREDICTIONS, WEIGHTS, COLUMNS}
#: make_run's study is called "example".
NO_IMAGES = Sample("sample", "example", images=False)


def rows(path: Path) -> list[list[str]]:
    """Read a CSV file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def same(first: str, second: str) -> bool:
    """Tell whether two cells are the same text, or the same number but for rounding."""
    if first == second:
        return True
    try:
        return float(first) == pytest.approx(float(second), rel=1e-9, abs=1e-12)
    except ValueError:
        return False


@pytest.fixture(
    scope="module",
    params=[
        # MNIST's page is large: CI renders it.
        pytest.param(sample, marks=[pytest.mark.slow] if sample.study == "mnist" else [])
        for sample in SAMPLES
    ],
    ids=lambda sample: sample.folder,
)
def sample(request: pytest.FixtureRequest) -> Sample:
    """Give a sample."""
    chosen: Sample = request.param
    return chosen


@pytest.fixture(scope="module")
def committed(sample: Sample) -> Path:
    """Give its folder, or skip while it is not there."""
    folder = ROOT / "reports" / sample.folder
    if not (folder / RESULTS).exists():
        pytest.skip(f"reports/{sample.folder} is not there; 'tox run -e sample' makes it")
    return folder


@pytest.fixture(scope="module")
def again(
    committed: Path, tmp_path_factory: pytest.TempPathFactory, no_drawing: None
) -> Path:
    """Give a folder with the sample rendered once more, without its pictures."""
    folder = tmp_path_factory.mktemp("again")
    render(load(committed), folder)
    return folder


@pytest.mark.slow
def test_numbers_are_the_same_everywhere(committed: Path, again: Path) -> None:
    """Every number of metrics.csv is what it was, under any versions."""
    before, now = rows(committed / "metrics.csv"), rows(again / "metrics.csv")
    assert len(before) == len(now)
    differing = [
        (old, new)
        for old, new in zip(before, now, strict=True)
        if len(old) != len(new) or not all(map(same, old, new))
    ]
    assert differing == []


@pytest.mark.slow
def test_the_page_has_the_same_parts(committed: Path, again: Path) -> None:
    """The files are those that are rendered today, and so are the page's parts, by id.

    That a page is the same to the byte, pictures included, is asserted of the golden one.
    """
    rendered = {path.name for path in again.iterdir()}
    assert {path.name for path in committed.iterdir()} - DATA == rendered
    pages = [(folder / HTML).read_text("utf-8") for folder in (committed, again)]
    parts = [re.findall(r' id="([^"]+)"', SVG.sub("", page)) for page in pages]
    assert parts[0] == parts[1], "if that is meant: tox run -e sample -- --render"


def test_sample_is_fit_to_be_committed(committed: Path) -> None:
    """Sizes are within limits, all cases ended well, nobody's folder is named."""
    assert make_samples.problems(committed) == []


def test_sample_is_the_shipped_study(sample: Sample, committed: Path) -> None:
    """It is the study as it ships, on all of its data."""
    results = load(committed).results
    assert results.study == load_study(sample.study)
    assert results.dataset.fallback_reason is None


def test_images_only_where_they_may_be_given_on(sample: Sample, committed: Path) -> None:
    """The digits come with pictures of test rows, MNIST without."""
    columns = pq.read_schema(committed / PREDICTIONS).names
    assert ("image" in columns) == sample.images


# How they are made.


def with_images(folder: Path) -> Path:
    """Add a column of pictures to a run, as the runner writes it."""
    table = pq.read_table(folder / PREDICTIONS)
    cells = pa.array([b"\x07" * 64] + [None] * (len(table) - 1), pa.binary())
    pq.write_table(table.append_column("image", cells), folder / PREDICTIONS)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Give a run folder with pictures, and things that are not to be committed."""
    small = make_run(n_test=40, models=(KNN,), rounds=1)
    folder = with_images(write_run(small, tmp_path / "run"))
    (folder / "journal.jsonl").write_text("{}\n", "utf-8")
    return folder


def changed(folder: Path, **update: object) -> None:
    """Write the results of a run with other fields."""
    results = load(folder).results
    dump(Results.model_validate({**results.model_dump(), **update}), folder / RESULTS)


def test_only_data_and_renderings_are_taken(run: Path, tmp_path: Path) -> None:
    """What else lies in a run folder stays there; pictures of MNIST are dropped."""
    before = pq.read_table(run / PREDICTIONS)
    make_samples.put(NO_IMAGES, run, tmp_path / "clean", tmp_path / "sample")
    names = {path.name for path in (tmp_path / "sample").iterdir()}
    assert {RESULTS, PREDICTIONS, HTML, "metrics.csv", "pytest-benchmark.json"} <= names
    assert "journal.jsonl" not in names
    after = pq.read_table(tmp_path / "sample" / PREDICTIONS)
    assert after.equals(before.drop_columns(["image"]))


def test_rendering_in_place(run: Path, tmp_path: Path) -> None:
    """A sample that is there is rendered again, with its data, pictures too, unchanged."""
    images = Sample("sample-digits", "example", images=True)
    data = {name: (run / name).read_bytes() for name in (RESULTS, PREDICTIONS)}
    (run / HTML).write_text("old", "utf-8")
    make_samples.put(images, run, tmp_path / "clean", run)
    assert {name: (run / name).read_bytes() for name in data} == data
    assert (run / HTML).read_text("utf-8") != "old"


def test_unfit_run_is_not_put_in_place(run: Path, tmp_path: Path) -> None:
    """A sample that names a folder is refused, and the one that is there stays."""
    target = tmp_path / "sample"
    target.mkdir()
    (target / HTML).write_text("old", "utf-8")
    changed(run, command="tunecard run /home/ada/study.toml")
    with pytest.raises(Refused, match="names /home/ada"):
        make_samples.put(NO_IMAGES, run, tmp_path / "clean", target)
    assert (target / HTML).read_text("utf-8") == "old"


def test_run_of_another_study_is_refused(run: Path, tmp_path: Path) -> None:
    """The digits do not become the sample of MNIST."""
    mnist = Sample("sample", "mnist", images=False)
    with pytest.raises(Refused, match="a run of 'example', not of 'mnist'"):
        make_samples.put(mnist, run, tmp_path / "clean", tmp_path / "sample")


def test_missing_sample_cannot_be_rendered_again(tmp_path: Path) -> None:
    """Without recorded results there is nothing to render."""
    with pytest.raises(Refused, match="measure it first"):
        make_samples.put(NO_IMAGES, tmp_path, tmp_path / "clean", tmp_path)


@pytest.mark.parametrize("name", [str(ROOT), os.uname().nodename])
def test_this_machine_is_not_named(tmp_path: Path, name: str) -> None:
    """The name of the machine, or of a folder on it, is found in any text."""
    (tmp_path / "report.md").write_text(f"made on {name}, today", "utf-8")
    assert f"report.md names {name}" in make_samples.private_names(tmp_path)


@pytest.mark.parametrize("path", ["/home/ada/study.toml", r"C:\Users\ada"])
def test_folders_are_found_in_results(path: str) -> None:
    """A folder in results.json is found, on any machine."""
    assert make_samples.FOLDER.search(json.dumps({"command": f"tunecard run {path}"}))


def test_everything_unfit_is_told(tmp_path: Path) -> None:
    """A failed case, a part of the data and too many bytes are all told."""
    failed = make_run(
        failed={"knn/tuned": ("timeout", "took over 5 s")},
        dataset={"subset_of": "MNIST's 60,000 and 10,000 rows"},
    )
    folder = write_run(failed, tmp_path / "run")
    (folder / HTML).write_bytes(b" " * make_samples.MOST_BYTES)
    found = "; ".join(make_samples.problems(folder))
    assert "knn/tuned is timeout" in found
    assert "a part of its data" in found
    assert "4,000,000 are too many" in found
    assert "1,500,000 are too many" in found


def test_fractions_and_web_addresses_are_no_folders() -> None:
    """What merely has slashes in it is not taken for a folder."""
    harmless = "fit / predict, tuned / baseline, https://example.org/mnist/a 1/2 text/html"
    assert make_samples.FOLDER.findall(harmless) == []


def test_versions_are_recorded_by_sample(tmp_path: Path) -> None:
    """Making one sample leaves the record of the other."""
    path = tmp_path / "samples.json"
    make_samples.record(path, "sample", {"numpy": "1"})
    make_samples.record(path, "sample-digits", {"numpy": "2"})
    assert json.loads(path.read_text("utf-8")) == {
        "sample": {"numpy": "1"},
        "sample-digits": {"numpy": "2"},
    }


def test_unknown_study_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The studies that have a sample are listed."""
    with pytest.raises(SystemExit):
        make_samples.main(["iris"])
    assert "choose of digits, mnist" in capsys.readouterr().err


def test_run_that_is_refused_is_kept(
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that cost minutes is not thrown away; nothing is recorded of it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    record = tmp_path / "samples.json"
    place = ["--reports", str(tmp_path), "--versions", str(record)]
    assert make_samples.main(["mnist", "--from", str(run), *place]) == 1
    assert "left as it was: " in capsys.readouterr().err
    assert (run / RESULTS).exists()
    assert not record.exists()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("0.1", "0.1000000000000001", True), ("0.1", "0.1001", False), ("a", "b", False)],
)
def test_rounding_is_no_difference(first: str, second: str, *, expected: bool) -> None:
    """Numbers may differ in their last digits; words may not."""
    assert same(first, second) is expected


def test_the_readmes_picture_shows_the_present_page() -> None:
    """Its words are those of the sample; else: python tests/make_picture.py."""
    assert told(PICTURE) == shown(PAGE.read_text("utf-8"))
