"""Makes the committed samples again: measures, drops what is not ours, renders, checks.

    tox run -e sample                all: about a quarter of an hour, on a quiet machine
    tox run -e sample -- digits      one of them
    tox run -e sample -- --render    renders the recorded results again; measures nothing
    tox run -e sample -- mnist --from reports/latest    takes a run that is finished

Which versions a sample was rendered with stands in tests/data/samples.json.
"""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tunecard.report.load import load
from tunecard.report.render import HTML, render
from tunecard.runner.schema import COLUMNS, PREDICTIONS, RESULTS, WEIGHTS, write_file

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = Path(__file__).resolve().parent / "data" / "samples.json"
MOST_BYTES = 4_000_000
MOST_PAGE_BYTES = 1_500_000
#: What the bytes of a rendering depend on, besides Tunecard, Python and the processor.
RENDERING = (
    "jinja2", "markupsafe", "matplotlib", "numpy", "pillow", "pytest-benchmark", "scipy",
)  # fmt: skip
#: Two names behind a slash, or one behind a drive, where a word begins: somebody's folder.
FOLDER = re.compile(r"(?:^|(?<=[\s\"'(=,]))(?:/[\w.-]+/[\w.-]+|[A-Za-z]:\\+\w+)")


@dataclass(frozen=True)
class Sample:
    """A committed run.

    ``images`` tells whether pictures of test rows may be given on: those of the
    digits may (CC BY 4.0), those of MNIST are left to who fetches them.
    """

    folder: str
    study: str
    images: bool


SAMPLES = (
    Sample("sample-digits", "digits", images=True),
    Sample("sample", "mnist", images=False),
    Sample("sample-diabetes", "diabetes", images=False),
)


class Refused(Exception):
    """What was made is not fit to be committed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the samples that are named; return 0 when they are in place."""
    options = parse(arguments)
    for sample in SAMPLES:
        if options.studies and sample.study not in options.studies:
            continue
        target = options.reports / sample.folder
        place = Path(tempfile.mkdtemp(prefix="tunecard-sample-"))
        run = options.run or (target if options.render else None)
        try:
            run = run or measure(sample.study, place / "reports")
            put(sample, run, place / "clean", target)
        except Refused as error:
            sys.stderr.write(
                f"{target}: left as it was: {error}. What was made is kept in {place}; "
                "--from RUN takes a finished run from there\n"
            )
            return 1
        shutil.rmtree(place)
        record(options.versions, sample.folder, versions())
        sys.stdout.write(f"{target / HTML}\n")
    sys.stdout.write(f"Commit the samples together with {options.versions}\n")
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make the committed samples again.")
    # argparse would refuse an empty list of choices, so they are checked below.
    parser.add_argument("studies", nargs="*", help="digits, mnist, diabetes; none for all")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--from", dest="run", type=Path, help="a finished run of one study")
    parser.add_argument("--reports", type=Path, default=ROOT / "reports")
    parser.add_argument("--versions", type=Path, default=VERSIONS)
    options = parser.parse_args(arguments)
    known = [sample.study for sample in SAMPLES]
    for name in options.studies:
        if name not in known:
            parser.error(f"{name!r} is no sample's study; choose of {', '.join(known)}")
    if options.run and (options.render or len(options.studies) != 1):
        parser.error("--from needs the one study that the run is of, and no --render")
    return options


def measure(study: str, reports: Path) -> Path:
    """Run a study through the front door, and return its run folder.

    Raises
    ------
    Refused
        If it does not end well; a case that is not ok counts as such.
    """
    command = [sys.executable, "-P", "-m", "tunecard", "run", study]
    done = subprocess.run([*command, "--reports", str(reports)], cwd=ROOT, check=False)
    if done.returncode:
        raise Refused(f"tunecard run {study} ended with exit code {done.returncode}")
    return (reports / "latest").resolve()


def put(sample: Sample, run: Path, clean: Path, target: Path) -> None:
    """Copy what may be committed of a run, render it, check it, and move it into place.

    Parameters
    ----------
    sample : Sample
        What it is to be.
    run : Path
        A run folder; it may be `target` itself.
    clean : Path
        A folder to make it in; it is made.
    target : Path
        Where it goes, in place of what is there.

    Raises
    ------
    Refused
        If it is not fit to be committed; `target` is then as it was.
    """
    if not (run / RESULTS).exists():
        raise Refused(f"{run} has no {RESULTS}; measure it first, without --render")
    name = load(run).results.study.name
    if name != sample.study:
        raise Refused(f"{run} is a run of {name!r}, not of {sample.study!r}")
    clean.mkdir(parents=True)
    for name in (RESULTS, PREDICTIONS, WEIGHTS, COLUMNS):
        if (run / name).exists():
            shutil.copyfile(run / name, clean / name)
    if not sample.images:
        drop_images(clean / PREDICTIONS)
    render(load(clean), clean)
    found = problems(clean) + private_names(clean)
    if found:
        raise Refused("; ".join(found))
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(clean, target)


def drop_images(path: Path) -> None:
    """Write predictions.parquet without its pictures of test rows."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    if "image" in table.column_names:
        pq.write_table(table.drop_columns(["image"]), path, compression="zstd")


def problems(folder: Path) -> list[str]:
    """Tell what speaks against committing a rendered run folder."""
    results = load(folder).results
    found = [f"{one.key} is {one.status}" for one in results.cases if one.status != "ok"]
    if results.dataset.subset_of is not None:
        found.append(f"it is a part of its data: {results.dataset.subset_of}")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size >= MOST_BYTES:
        found.append(f"{size:,} bytes in all, but {MOST_BYTES:,} are too many")
    page = (folder / HTML).stat().st_size
    if page >= MOST_PAGE_BYTES:
        found.append(f"{HTML} has {page:,} bytes, but {MOST_PAGE_BYTES:,} are too many")
    text = (folder / RESULTS).read_text("utf-8")
    return found + [f"{RESULTS} names {match[0]}" for match in FOLDER.finditer(text)]


def private_names(folder: Path) -> list[str]:
    """Tell which texts of a run folder name this machine, or a folder of it."""
    names = [str(ROOT), str(Path.home()), tempfile.gettempdir(), platform.node()]
    return [
        f"{path.name} names {name}"
        for path in sorted(folder.iterdir())
        if path.suffix != ".parquet"
        for name in names
        # A home of "/" names nobody; "/root" and "vm" are also pieces of other words.
        if len(name) > 1
        and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", path.read_text("utf-8"))
    ]


def versions() -> dict[str, str]:
    """Tell what the bytes of a rendering made here depend on."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "machine": platform.machine(),
        **{name: metadata.version(name) for name in RENDERING},
    }


def record(path: Path, folder: str, made_with: Mapping[str, str]) -> None:
    """Note what a sample was rendered with."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    known[folder] = dict(made_with)
    write_file(path, json.dumps(known, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
