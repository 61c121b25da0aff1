"""The work of ``tunecard init``: choose, load, write, and check that it can be read."""

import os
from collections.abc import Callable
from pathlib import Path

from tunecard.runner import datasets
from tunecard.runner.config import parse
from tunecard.runner.datasets import quoted
from tunecard.runner.datasets.target import REGRESSION
from tunecard.runner.errors import DataError
from tunecard.runner.init.columns import choose
from tunecard.runner.init.positive import positive_class
from tunecard.runner.init.splits import choose_split
from tunecard.runner.init.study import first_study
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import Data, SplitSpec, write_file


def write_study(
    name: str,
    data: Data,
    *,
    output: Path,
    models: tuple[str, ...],
    metric: str | None = None,
    data_dir: Path | None,
    offline: bool,
    origin: str,
    notice: Callable[[str], None],
    task: TaskName | None = None,
) -> tuple[str, ...]:
    """Write a first study of some data.

    Parameters
    ----------
    name : str
        A known name, ``openml:<number>``, or a path from the working folder.
    data : Data
        What the user specified of it.
    output : Path
        The study file.
    models : tuple of str
        Names of recipes; empty to choose by the size of the data.
    metric : str or None
        The metric of the verdicts; None to choose by the classes.
    data_dir, offline, notice
        As in `tunecard.runner.datasets.load`.
    origin : str
        The command, for the first line of the study.
    task : str or None
        What the target is; None to decide by its values.

    Returns
    -------
    tuple of str
        What was decided about the data, a sentence each.

    Raises
    ------
    StudyError, DataError, DataUnreachable
        If the target is missing, or nothing could be learned from the data.
    OutputError
        If the file cannot be written.
    """
    reasons: dict[str, tuple[str, ...]] = {}
    name = datasets.as_typed(name)
    if datasets.is_table(name):
        chosen = choose(Path(name), data, task)
        data, reasons, task = chosen.data, dict(chosen.reasons), chosen.task
    notes: list[str] = []

    # Loaded as the study will load it: what it would refuse is reported now.
    def load(data: Data, split: SplitSpec, task: TaskName) -> datasets.Dataset:
        return datasets.load(
            name,
            seed=0,
            test_size=0.25,
            subset=None,
            data_dir=data_dir,
            offline=offline,
            notice=notes.append if datasets.is_table(name) else notice,
            data=data,
            split=split,
            task=task,
        )

    dataset, task = _load_of_task(load, data, task)
    split, data, why_split = choose_split(dataset.info, data)
    if split.groups is not None:
        reasons["drop"] = tuple(
            sentence
            for sentence in reasons.get("drop", ())
            if not sentence.startswith(f"{quoted(str(split.groups))} is left out")
        )
        dataset = load(data, split, task)
        notes = [*dataset.info.notes]
    classes = dataset.info.classes
    if data.positive is None and len(classes) == 2:
        names = [entry.name for entry in classes]
        positive, why = positive_class(names, [entry.n_train for entry in classes])
        data = data.model_copy(update={"positive": positive})
        other = quoted(names[names.index(positive) - 1])
        sentence = (
            f"The positive class, whose precision, recall and F1 are shown, is "
            f"{quoted(positive)} ({why}). For the other: positive = {other}, or --positive."
        )
        reasons["positive"] = (sentence,)
    text = first_study(
        _stem(name),
        dataset,
        data,
        path=_make_relative(output, name),
        models=models,
        metric=metric,
        split=(split, why_split),
        reasons=reasons,
        origin=origin,
        file=str(output),
        task=task,
    )
    parse(text, str(output))
    write_file(output, text)
    reasons = {"drop": (), **reasons}  # what the models do not get comes first
    decided = [sentence for why in reasons.values() for sentence in why]
    return tuple(dict.fromkeys((*decided, *why_split, *notes)))


def _load_of_task(
    load: Callable[[Data, SplitSpec, TaskName], datasets.Dataset],
    data: Data,
    task: TaskName | None,
) -> tuple[datasets.Dataset, TaskName]:
    """Load data whose task is known, or classes where they are, else values."""
    if task is not None:
        return load(data, SplitSpec(), task), task
    try:
        return load(data, SplitSpec(), "classification"), "classification"
    except DataError as error:
        if REGRESSION not in str(error):
            raise
    return load(data, SplitSpec(), "regression"), "regression"


def _stem(name: str) -> str:
    path = Path(name)
    return (path.with_suffix("") if path.suffix == ".gz" else path).stem


def _make_relative(output: Path, name: str) -> str:
    """Write a path as the study names it: from the folder of the study."""
    if not ("/" in name or "." in name) or name.startswith("openml:"):
        return name
    path = Path(name)
    if path.is_absolute():
        return str(path)
    relative = Path(os.path.relpath(path, output.parent)).as_posix()
    return relative if "/" in relative or "." in relative else f"./{relative}"
