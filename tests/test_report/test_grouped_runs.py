"""Runs whose rows come in groups, or in time: words, intervals and the page."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

from tests.builders import make_run
from tests.seeds import several
from tunecard.report.analyze.run import analyze
from tunecard.report.analyze.runs.quality import (
    paired_case,
    unpaired_case,
    why_untested,
)
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.load import Loaded
from tunecard.report.render import to_markdown
from tunecard.report.stats.grouped import grouped_mean_difference
from tunecard.report.stats.in_time import blocks_of
from tunecard.report.stats.shares import share_difference
from tunecard.report.view import build_view
from tunecard.report.view.trust import trust
from tunecard.runner import datasets
from tunecard.runner.schema import Data, SplitSpec

pytestmark = pytest.mark.usefixtures("no_drawing")


def _grouped(n_groups: int, unit: str = "group") -> Loaded:
    """Build a run whose test rows are of some groups, one after another."""
    run = make_run()
    assert run.predictions is not None
    n_rows = len(run.predictions.y_true)
    units = np.arange(n_rows) * n_groups // n_rows
    dataset = run.results.dataset.model_copy(update={"split_unit": unit})
    split = SplitSpec(groups="patient") if unit == "group" else SplitSpec(order="day")
    study = run.results.study.model_copy(update={"split": split})
    return replace(
        run,
        results=run.results.model_copy(update={"dataset": dataset, "study": study}),
        predictions=replace(run.predictions, unit=units, in_time=unit == "block"),
    )


def test_every_number_of_a_grouped_run_goes_by_groups() -> None:
    """The verdict, the other metrics' changes, and the intervals of each case."""
    model = analyze(_grouped(60)).models[0]
    assert model.quality is not None
    assert model.quality.test.method == "t-test on sums of groups"
    methods = {
        change.interval.method
        for change in model.quality.metrics
        if change.interval is not None
    }
    assert methods <= {
        "t-test on sums of groups",
        "jackknife over groups",
        "DeLong's test by groups (Obuchowski)",
    }
    assert model.tuned is not None
    accuracy = model.tuned.metric("accuracy")
    assert accuracy is not None
    assert accuracy.interval is not None
    assert accuracy.interval.method == "t-test on sums of groups"


def test_under_ten_groups_nothing_is_decided() -> None:
    """The word is inconclusive, with the reason, however clear the difference is."""
    quality = analyze(_grouped(9)).models[0].quality
    assert quality is not None
    assert quality.test.word == "inconclusive"
    assert quality.test.reason is not None
    assert "9" in quality.test.reason
    assert "fewer than 10 decide nothing" in quality.test.reason


def test_two_runs_in_groups_are_compared_on_the_same_groups_alone() -> None:
    """By groups where the test rows are the same; not at all where they are others."""
    run = _grouped(60)
    spec = next(spec for spec in run.results.metrics if spec.is_share_of_rows)
    before, after = run.results.cases[:2]
    paired = paired_case(run, run, (before, after), spec, 0)
    assert paired.inference is not None
    assert paired.inference.method == "t-test on sums of groups"
    unpaired = unpaired_case(run, run, (before, after), spec, 0)
    assert unpaired.inference is None
    assert "rows that come in groups" in why_untested(unpaired, spec)


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ("group", "all rows with one value of patient are on one side"),
        ("block", "in the order of day, training rows first"),
    ],
)
def test_the_page_states_what_is_independent(unit: str, sentence: str) -> None:
    """Beside the split, with the column."""
    run = _grouped(60, unit)
    facts = trust(run.results, None, count(1)).data
    assert sentence in next(fact.text for fact in facts if fact.term == "Split")


def test_outer_splits_have_a_section_of_their_own() -> None:
    """Probabilities of the three words, and how often each setting won."""
    run = several(seeds=(0, 1, 2, 3))
    split = SplitSpec(kind="repeated", repeats=4)
    study = run.results.study.model_copy(update={"seeds": (), "split": split})
    run = replace(run, results=run.results.model_copy(update={"study": study}))
    analysis = analyze(run)
    view = build_view(run, analysis, find(analysis), conclude(analysis))
    page = to_markdown(view, "report")
    assert "## Tuning as a procedure" in page
    assert "P(better)" in page
    assert "settings that won a search" in page
    assert "| Split 4 |" in page
    assert "Pages of single seeds" not in page


def test_a_gain_that_only_a_shuffled_split_shows(tmp_path: Path) -> None:
    """A drifting series: a deep tree learns the moments that it is then asked about."""
    rng = np.random.default_rng(0)
    n_rows = 1_600
    regime = np.repeat(rng.random(n_rows // 40) < 0.5, 40)
    frame = pd.DataFrame(
        {
            "day": np.arange(n_rows),
            "clock": np.arange(n_rows) + rng.normal(scale=0.1, size=n_rows),
            "y": np.where(rng.random(n_rows) < 0.9, regime, ~regime).astype(int),
        }
    )
    frame.to_csv(tmp_path / "series.csv", index=False)

    def answers(split: SplitSpec) -> tuple[list[np.ndarray], datasets.Dataset]:
        data = datasets.load(
            "series.csv",
            seed=0,
            test_size=0.25,
            subset=None,
            data_dir=None,
            offline=True,
            notice=lambda _: None,
            base=tmp_path,
            data=Data(target="y", drop=() if split.order else ("day",)),
            split=split,
        )
        right = []
        for depth in (1, 20):
            tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
            tree.fit(data.X_train, data.y_train)
            right.append(tree.predict(data.X_test) == data.y_test)
        return right, data

    (stump, deep), _ = answers(SplitSpec())
    only_stump = int(np.count_nonzero(stump & ~deep))
    only_deep = int(np.count_nonzero(~stump & deep))
    assert share_difference(only_stump, only_deep, len(stump)).interval().low > 0.1
    (stump, deep), data = answers(SplitSpec(order="day"))
    assert data.test_unit is not None
    ordered = grouped_mean_difference(stump, deep, blocks_of(data.test_unit), in_time=True)
    assert ordered is not None
    assert ordered.interval().low < 0


def test_the_times_of_several_splits_are_those_of_the_one_that_is_timed() -> None:
    """The others have none, with the reason; the mean of one is that one."""
    run = several(seeds=(0, 1, 2))
    split = SplitSpec(kind="repeated", repeats=3)
    study = run.results.study.model_copy(update={"seeds": (), "split": split})
    cases = tuple(
        case
        if case.seed == 0
        else case.model_copy(
            update={"timings": (), "latencies": (), "unmeasured": {"timings": "once"}}
        )
        for case in run.results.cases
    )
    results = run.results.model_copy(update={"study": study, "cases": cases})
    whole = analyze(replace(run, results=results)).models[0]
    alone = analyze(make_run(seed=0)).models[0]
    assert whole.tuned is not None
    assert alone.tuned is not None
    assert {name: time.seconds for name, time in whole.tuned.times.items()} == {
        name: time.seconds for name, time in alone.tuned.times.items()
    }
