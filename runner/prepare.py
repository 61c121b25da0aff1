"""prepare(): which study runs, checked, and its data, before anything long."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tunecard.runner import config
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import DataUnreachable
from tunecard.runner.inputs import inputs_of
from tunecard.runner.models import checks, engines
from tunecard.runner.progress import Progress
from tunecard.runner.quality import check_metrics, check_metrics_of_values
from tunecard.runner.rows import Rows
from tunecard.runner.schema import Encoding, ModelSpec, Study, Subset
from tunecard.runner.search import check_folds
from tunecard.runner.task import Labels

HOME_STUDY, FALLBACK_STUDY = "mnist", "digits"
DATA_STAGE = "data"
QUICK = {"mnist": Subset(train=6_000, test=1_000)}


def prepare(
    chosen: str | Study | None,
    *,
    quick: bool,
    load: Callable[[Study, str | None], Dataset],
    progress: Progress,
    change: Callable[[Study | None], Study] | None = None,
    on: Sequence[str] = (),
    begin: Callable[[Study], object] = lambda _: None,
) -> tuple[Study, Dataset]:
    """Choose the study and load its data, before anything long.

    Parameters
    ----------
    chosen : str, Study or None
        A shipped study, a file, or a study made in Python; None for MNIST, with
        digits in its place where MNIST is out of reach.
    quick : bool
        Whether to take a stratified subset of a large dataset.
    load : callable
        Loads a study's data; receives why it is a fallback, or None.
    progress : Progress
        Progress reporter.
    change : callable or None
        Puts what was given in Python into the study, or makes one of it.
    on : sequence of str
        Engines that every model runs on, in place of those the study names.
    begin : callable
        Receives the study before it is checked, which imports its models: what takes as
        long can begin beside that. Again where digits stand in for MNIST.

    Returns
    -------
    Study, Dataset
        The effective study, checked, and its data.

    Raises
    ------
    TunecardError
        If the study is wrong, or the data of a study that was named is not to
        be had.
    """
    named = chosen if isinstance(chosen, Study) else None
    if named is None and (chosen is not None or change is None):
        named = config.load_study(str(chosen or HOME_STUDY))
    study = change(named) if change is not None else named
    assert study is not None  # there is one without a change
    study = _effective(study, quick=quick, on=on)
    if isinstance(chosen, str) and chosen not in config.shipped():
        # An estimator of the user's own may stand beside its study; it comes last,
        # so that no file there hides a library.
        sys.path.append(str(Path(chosen).resolve().parent))
    begin(study)
    checks.check(study)
    progress.stage(DATA_STAGE, 1)
    try:
        dataset = load(study, None)
    except DataUnreachable as error:
        if chosen is not None or change is not None:
            raise
        progress.notice(
            f"{error}\nContinuing with scikit-learn's embedded digits: NOT MNIST."
        )
        # A download that broke off has a stage of its own.
        progress.stage(DATA_STAGE, 1)
        study = _effective(config.load_study(FALLBACK_STUDY), quick=quick, on=on)
        begin(study)
        dataset = load(study, "MNIST was out of reach when this was run")
    checks.check_classes(study, len(dataset.info.classes))
    task, positive = dataset.task, dataset.info.positive_code
    y_test = task.encode(dataset.y_test)
    if task.is_regression:
        y_train = task.encode(dataset.y_train)
        check_metrics_of_values(study.metric_names, np.concatenate([y_train, y_test]))
    else:
        check_metrics(study.metric_names, y_test, task.labels, positive)
    checks.check_engines(study, lambda spec: _training_rows(spec, dataset, study.seed))
    for spec in study.models:
        if spec.search is not None:
            resampling = dataset.resampling_of(spec)
            check_folds(dataset.y_train, spec.search, study.seed, resampling, study.task)
    progress.step(f"{dataset.info.title}: {dataset.info.source}")
    return study, dataset


def _training_rows(
    spec: ModelSpec, dataset: Dataset, seed: int
) -> tuple[Rows, Labels, Encoding | None]:
    inputs = inputs_of(spec, dataset, seed)
    return inputs.X_train, inputs.y_train, inputs.encoding


def _effective(study: Study, *, quick: bool, on: Sequence[str]) -> Study:
    study = engines.expand(study, on)
    subset = QUICK.get(study.dataset) if quick else None
    return study.model_copy(update={"subset": subset}) if subset else study
