"""``tunecard validate``: a run folder is whole, and its page follows from it."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tunecard.report.load import Loaded
    from tunecard.report.load.manifest import Manifest


def validate(
    run: Annotated[Path, typer.Argument(help="A run folder, or a results.json.")],
) -> None:
    """Check a run: its contract, the checksum of every file, and that its page follows.

    Example: tunecard validate reports/latest
    """
    from tunecard.report.errors import ReadError
    from tunecard.report.load import load
    from tunecard.report.load.manifest import check_manifest
    from tunecard.runner.schema import MANIFEST

    checked = check_manifest(run) if run.is_dir() else None
    if checked is not None and checked.damaged:
        raise ReadError("\n".join([*checked.damaged, _advice(run)]))
    loaded = load(run)
    results = loaded.results
    sys.stdout.write(
        f"{run}: follows the contract (schema_version {results.schema_version}, "
        f"run {results.run_id}, {len(results.cases)} cases)\n"
    )
    if loaded.predictions is None and not loaded.of_seeds:
        sys.stdout.write(f"{run}: {loaded.predictions_reason}.\n")
    if checked is None:
        if run.is_dir():
            sys.stdout.write(f"{run}: has no {MANIFEST}; its files have no checksums.\n")
        return
    n_files = len(checked.manifest.data) + len(checked.manifest.renderings)
    sys.stdout.write(f"{run}: the checksums of {n_files} files are right.\n")
    _check_renderings(run, loaded, checked.manifest)


def _check_renderings(run: Path, loaded: "Loaded", manifest: "Manifest") -> None:
    """Render the run again and compare, where that must give the same."""
    from tunecard.report.errors import ReadError
    from tunecard.report.load.manifest import own_version

    reason = ""
    if not manifest.shipped:
        reason = "it was rendered with templates, styles or a reference run of your own"
    elif manifest.tunecard != own_version():
        reason = f"it was rendered by Tunecard {manifest.tunecard}"
    if reason:
        sys.stdout.write(f"{run}: the page was not rendered again: {reason}.\n")
        return
    other = list(_find_other(run, loaded))
    if other:
        raise ReadError("\n".join([*other, _advice(run)]))
    sys.stdout.write(f"{run}: the page is what these results give.\n")


def _find_other(run: Path, loaded: "Loaded") -> Iterator[str]:
    from tunecard.report.load.manifest import hash_of
    from tunecard.report.render import render

    with tempfile.TemporaryDirectory() as folder:
        for path in render(loaded, Path(folder)):
            there = run / path.relative_to(folder)
            if not there.is_file() or hash_of(there) != hash_of(path):
                yield f"{there}: is not what {run} gives when it is rendered again."


def _advice(run: Path) -> str:
    return (
        "Renderings are made again by 'tunecard report "
        f"{run}'; data that was changed must come from a copy or another run."
    )
