"""The work of ``tunecard init``: choose, load, write, and see that it can be read."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tunecard.runner import datasets
from tunecard.runner.config import parse
from tunecard.runner.init.columns import choose
from tunecard.runner.init.study import first_study
from tunecard.runner.schema import Data, write_file


def written(
    name: str,
    data: Data,
    *,
    output: Path,
    models: tuple[str, ...],
    data_dir: Path | None,
    offline: bool,
    origin: str,
    notice: Callable[[str], None],
) -> tuple[str, ...]:
    """Write a first study of some data.

    Parameters
    ----------
    name : str
        A known name, ``openml:<number>``, or a path from the working folder.
    data : Data
        What the user said of it.
    output : Path
        The study file.
    models : tuple of str
        Names of recipes; empty to choose by the size of the data.
    data_dir, offline, notice
        As in `tunecard.runner.datasets.load`.
    origin : str
        The command, for the first line of the study.

    Returns
    -------
    tuple of str
        What was decided about the data, a sentence each.

    Raises
    ------
    StudyError, DataError, DataUnreachable
        If there is no target, or nothing could be learned from the data.
    OutputError
        If the file cannot be written.
    """
    reasons: Mapping[str, tuple[str, ...]] = {}
    name = datasets.as_typed(name)
    if datasets.is_table(name):
        chosen = choose(Path(name), data)
        data, reasons = chosen.data, chosen.reasons
    # Loaded as the study will load it: what it would refuse is told now.
    dataset = datasets.load(
        name,
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=data_dir,
        offline=offline,
        notice=notice,
        data=data,
    )
    text = first_study(
        _stem(name),
        dataset,
        data,
        path=_from(output, name),
        models=models,
        reasons=reasons,
        origin=origin,
        file=str(output),
    )
    parse(text, str(output))
    write_file(output, text)
    return tuple(sentence for told in reasons.values() for sentence in told)


def _stem(name: str) -> str:
    path = Path(name)
    return (path.with_suffix("") if path.suffix == ".gz" else path).stem


def _from(output: Path, name: str) -> str:
    """Write a path as the study names it: from the folder of the study."""
    if not ("/" in name or "." in name) or name.startswith("openml:"):
        return name
    path = Path(name)
    if path.is_absolute():
        return str(path)
    relative = Path(os.path.relpath(path, output.parent)).as_posix()
    return relative if "/" in relative or "." in relative else f"./{relative}"
