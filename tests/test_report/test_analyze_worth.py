"""What a search gained, from the outputs or the fold scores of a run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, log_loss

from tests.builders import KNN, make_run
from tunecard.report.analyze import analyze
from tunecard.report.analyze.row_values import NoRowValues, row_values
from tunecard.report.analyze.types import TuningGain
from tunecard.report.conclusion.worth import answers
from tunecard.report.load import Loaded, OutOfFoldAnswers
from tunecard.runner.metrics import get
from tunecard.runner.schema import OUT_OF_FOLD, spec_of
from tunecard.runner.store.out_of_fold import OutOfFold, SearchOutputs, write_out_of_fold

N_TRAIN = 1_200


def with_outputs(folder: Path, *, best: float, others: float, base: float) -> Loaded:
    """A run whose search kept labels: shares of right rows by candidate."""
    run = make_run(models=(KNN,))
    (record,) = run.results.searches
    rng = np.random.default_rng(1)
    y = rng.integers(0, 4, N_TRAIN)
    fold = np.arange(N_TRAIN) % len(record.folds)
    shares = {candidate.index: others for candidate in record.candidates}
    shares |= {0: base, record.best: best}
    labels, candidates = [], []
    for candidate in record.candidates:
        right = rng.random(N_TRAIN) < shares[candidate.index]
        labels.append(np.where(right, y, (y + 1) % 4).astype(np.uint8))
        scores = tuple(float(right[fold == k].mean()) for k in range(len(record.folds)))
        candidates.append(candidate.model_copy(update={"scores": scores, "status": "ok"}))
    ranked = [c for c in candidates if c.eligible]
    winner = max(ranked, key=lambda c: sum(score or 0.0 for score in c.scores)).index
    changed = record.model_copy(
        update={"candidates": tuple(candidates), "best": winner, "outputs": "labels"}
    )
    everywhere = tuple(np.ones(N_TRAIN, dtype=bool) for _ in labels)
    kept = OutOfFold("labels", fold, np.arange(N_TRAIN), tuple(labels), everywhere)
    outputs = SearchOutputs(record.model, record.seed, y, np.arange(4), kept)
    classes = [entry.name for entry in run.results.dataset.classes]
    write_out_of_fold(folder / OUT_OF_FOLD, [outputs], classes)
    results = run.results.model_copy(update={"searches": (changed,)})
    return replace(run, results=results, folder=folder)


def gain_of(run: Loaded) -> TuningGain:
    """What the only search of a run gained."""
    search = analyze(run).models[0].search
    assert search is not None
    assert search.gain is not None
    return search.gain


def without_outputs(**overrides: Any) -> TuningGain:
    """The gain of a run that has fold scores alone."""
    return gain_of(make_run(models=(KNN,), **overrides))


def test_a_candidate_that_is_better_keeps_its_gain(tmp_path: Path) -> None:
    """Ten points better than all others: nothing of it is luck."""
    gain = gain_of(with_outputs(tmp_path, best=0.9, others=0.7, base=0.7))
    assert gain.cv.value == pytest.approx(0.2, abs=0.03)
    assert gain.corrected.value == pytest.approx(gain.cv.value, abs=0.005)
    assert gain.method.startswith("bootstrap")
    assert not gain.mostly_luck
    assert gain.wins[0][1] > 0.99


def test_the_best_of_equals_is_luck(tmp_path: Path) -> None:
    """All candidates are as good as the baseline: the interval holds 0."""
    gain = gain_of(with_outputs(tmp_path, best=0.7, others=0.7, base=0.7))
    ends = gain.corrected.interval
    assert gain.cv.value is not None
    assert gain.corrected.value is not None
    assert gain.corrected.value < gain.cv.value
    assert ends is not None
    assert ends.low < 0 < ends.high


def test_the_same_run_has_the_same_gain(tmp_path: Path) -> None:
    """The draws follow from the study's seed."""
    run = with_outputs(tmp_path, best=0.75, others=0.7, base=0.7)
    assert gain_of(run) == gain_of(run)


def test_without_outputs_fold_scores_correct_the_gain() -> None:
    """Tibshirani and Tibshirani, by name, with the reason."""
    gain = without_outputs()
    assert gain.method.startswith("Tibshirani")
    assert gain.method_reason == "the search kept no outputs"
    assert gain.budget is not None
    assert not gain.budget.corrected


def test_rows_that_belong_together_are_not_drawn_apart(tmp_path: Path) -> None:
    """Outputs of groups do not name them, so fold scores correct in their place."""
    run = with_outputs(tmp_path, best=0.8, others=0.7, base=0.7)
    data = run.results.dataset.model_copy(update={"split_unit": "group"})
    grouped = replace(run, results=run.results.model_copy(update={"dataset": data}))
    assert "groups of rows" in gain_of(grouped).method_reason


def test_halving_is_not_corrected() -> None:
    """Candidates of an early iteration were dropped on other rows: refused, with why."""
    run = make_run(models=(KNN,))
    (record,) = run.results.searches
    candidates = tuple(
        c.model_copy(update={"iteration": 0, "resources": 400}) for c in record.candidates
    )
    halved = record.model_copy(update={"candidates": candidates})
    results = run.results.model_copy(update={"searches": (halved,)})
    gain = gain_of(replace(run, results=results))
    assert gain.cv.value is not None
    assert gain.corrected.value is None
    assert "halving" in gain.corrected.reason


def test_every_question_has_one_answer() -> None:
    """Ten answers, each with an anchor of its own."""
    written = answers(analyze(make_run(models=(KNN,))).models[0])
    assert len({anchor for anchor, _, _ in written}) == len(written) == 10
    assert all(text.endswith(".") for _, _, text in written)


def test_pseudo_values_average_to_the_metric() -> None:
    """Balanced accuracy of scikit-learn, to the first order of one row in 400."""
    rng = np.random.default_rng(2)
    y, predicted = rng.integers(0, 3, 400), rng.integers(0, 3, 400)
    stored = OutOfFoldAnswers(np.zeros(400, int), np.arange(400), y, {0: predicted})
    record = make_run(models=(KNN,)).results.searches[0]
    record = record.model_copy(update={"outputs": "labels"})
    spec = spec_of(get("balanced_accuracy"))
    values = row_values(stored, record, spec, (0,), 3, None)
    assert values.mean() == pytest.approx(balanced_accuracy_score(y, predicted), abs=1e-3)


def test_losses_count_as_gains() -> None:
    """Minus scikit-learn's log loss, as lower is better."""
    rng = np.random.default_rng(3)
    y, shares = rng.integers(0, 3, 200), rng.dirichlet(np.ones(3), 200)
    kept = shares.astype(np.float32)
    stored = OutOfFoldAnswers(np.zeros(200, int), np.arange(200), y, {0: kept})
    record = make_run(models=(KNN,)).results.searches[0]
    record = record.model_copy(update={"outputs": "probabilities"})
    values = row_values(stored, record, spec_of(get("log_loss")), (0,), 3, None)
    assert values.mean() == pytest.approx(-log_loss(y, shares), rel=1e-4)


def test_a_metric_without_row_values_is_refused() -> None:
    """An area under a curve is not a mean over rows."""
    y = np.arange(20) % 2
    stored = OutOfFoldAnswers(np.zeros(20, int), np.arange(20), y, {0: y * 1.0})
    record = make_run(models=(KNN,)).results.searches[0]
    record = record.model_copy(update={"outputs": "scores"})
    with pytest.raises(NoRowValues, match="no value for single rows"):
        row_values(stored, record, spec_of(get("roc_auc")), (0,), 2, 1)
