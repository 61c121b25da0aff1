"""Simulated studies, and what in their verdicts or on their pages contradicts itself."""

import csv
import io
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
from scipy import special

from tests.builders import KNN, make_run
from tunecard.report import formats
from tunecard.report.analyze import analyze
from tunecard.report.analyze.pairs import Pair, pair_up
from tunecard.report.analyze.types import QualityTest
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.gates.decide import decide
from tunecard.report.load import Loaded
from tunecard.report.render import to_markdown
from tunecard.report.render.junit import junit_xml
from tunecard.report.render.markdown import escape
from tunecard.report.render.spreadsheets import metrics_csv
from tunecard.report.run import Run
from tunecard.report.view import build_view
from tunecard.runner.schema import Gate, ModelSpec, Results

METRICS = ("accuracy", "f1_macro", "roc_auc")
#: Rows and the true gain, as a shift of scores, of simulated models.
SIZES, GAINS = (40, 150, 400), (0.0, 0.05, 0.15, 0.4)
MARGIN = 0.02


def models_of(n_models: int) -> tuple[ModelSpec, ...]:
    """Models that differ in their names."""
    return tuple(
        KNN.model_copy(update={"name": f"model{i}", "label": f"model {i}"})
        for i in range(n_models)
    )


def simulated(seed: int, n_models: int, metric: str) -> Loaded:
    """A study of two classes whose cases share most of their noise, as tuning's do."""
    rng = np.random.default_rng([seed, n_models, METRICS.index(metric)])
    n, gain = int(rng.choice(SIZES)), float(rng.choice(GAINS))
    truth = rng.random(n) < 0.5
    truth[:2] = False, True
    common = rng.normal(size=n)
    predicted, scores = {}, {}
    for model in models_of(n_models):
        for variant, more in (("baseline", 0.0), ("tuned", gain)):
            noise = math.sqrt(0.8) * common + math.sqrt(0.2) * rng.normal(size=n)
            logits = (2 * truth - 1) * (1 + more) + noise
            key = f"{model.name}/{variant}"
            predicted[key] = (logits > 0).astype(int).tolist()
            shares = special.expit(logits).astype(np.float32)
            scores[key] = np.column_stack([1 - shares, shares])
    run = make_run(
        models=models_of(n_models),
        classes=("no", "yes"),
        y_true=truth.astype(int).tolist(),
        predicted=predicted,
        probabilities=[model.name for model in models_of(n_models)],
        study={"metric": metric, "margin": MARGIN},
        rounds=0,
    )
    assert run.predictions is not None
    return replace(run, predictions=replace(run.predictions, probability=scores))


def pairs_of_study(run: Loaded) -> dict[str, Pair]:
    """Baseline against tuned of every model, with few exchanges."""
    rng, predictions = np.random.default_rng(0), run.predictions
    assert predictions is not None
    cases = {case.key: case for case in run.results.cases}
    return {
        model.name: pair_up(
            cases[f"{model.name}/baseline"],
            cases[f"{model.name}/tuned"],
            predictions,
            run.results,
            rng,
        )
        for model in run.results.study.models
    }


def contradictions(test: QualityTest) -> list[str]:
    """List where word, p-value, interval, its text and gates on it disagree."""
    ends, margin = test.interval, test.margin or 0.0
    different = not ends.contains(0.0)
    low, high = printed(formats.delta_interval(ends.low, ends.high, test.metric))
    better = ends.low > 0 if test.metric.greater_is_better else ends.high < 0
    gates = {
        "at least": decide(ends, 0.0, math.inf)[0],
        "at most": decide(ends, -math.inf, 0.0)[0],
        "within": decide(ends, -margin, margin)[0],
    }
    word = test.word
    checks = {
        "p": different == (test.p_holm < 0.05),
        "text": different == (not low <= 0 <= high),
        "better": word != "better" or (different and better),
        "worse": word != "worse" or (different and not better),
        "open": word != "inconclusive" or not different,
        "equivalent": (word == "equivalent") == test.equivalence.inside(-margin, margin),
        "gate of at least": (gates["at least"] == "passed") == (ends.low > 0),
        "gate of at most": (gates["at most"] == "passed") == (ends.high < 0),
        "gate within": gates["within"] != "passed" or word == "equivalent",
        "gate not within": gates["within"] != "failed" or word in ("better", "worse"),
    }
    return [f"{name}: {test}" for name, holds in checks.items() if not holds]


def printed(text: str) -> tuple[float, float]:
    """Read an interval as a page prints it."""
    plain = text.replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", " ")
    low, high = re.fullmatch(r"\[(\S+), (\S+)\]", plain).groups()  # type: ignore[union-attr] # it matches
    return float(low), float(high)


def page_contradictions(run: Loaded) -> Iterator[str]:
    """Compare cards, Markdown, gates, verdicts, CSV and JUnit of a run."""
    whole = Run(replace(run, results=with_gates(run.results)))
    analysis, gates = analyze(run), whole.gates
    html = whole.page_html()
    loaded = whole.loaded
    markdown = to_markdown(
        build_view(loaded, analysis, find(analysis), conclude(analysis), gates),
        "report",
    )
    changes = {
        row["model"]: (float(row["low"]), float(row["high"]))
        for row in csv.DictReader(io.StringIO(metrics_csv(analysis, "run")))
        if row["variant"] == "change" and row["metric"] == analysis.metric.name
    }
    junit = ET.fromstring(junit_xml(whole.results, gates))  # noqa: S314 # our own text
    frame = whole.verdicts
    for model, gate, row, case in zip(
        analysis.models, gates, frame.itertuples(), junit[0], strict=True
    ):
        assert model.quality is not None
        test = model.quality.test
        yield from contradictions(test)
        text = formats.delta_interval(test.interval.low, test.interval.high, test.metric)
        card = f"{formats.level(test.interval.level)} interval {text}"
        ends = (test.interval.low, test.interval.high)
        checks = {
            "card": card in html and escape(card) in markdown,
            "frame": (row.word, row.low, row.high) == (test.word, *ends),
            "CSV": changes[model.name] == ends,
            "gate": gate.observed.interval == test.interval,
            "JUnit": (case.find("system-out") is not None) == (gate.status == "passed"),
        }
        yield from (f"{name}: {test}" for name, holds in checks.items() if not holds)


def with_gates(results: Results) -> Results:
    """Require of every model at least its baseline."""
    gates = tuple(
        Gate(model=m.name, metric=results.study.metric, against="baseline", at_least=0)
        for m in results.study.models
    )
    return results.model_copy(
        update={"study": results.study.model_copy(update={"gates": gates})}
    )
