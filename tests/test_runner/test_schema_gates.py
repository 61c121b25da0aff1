"""Gates of a study: defaults, and the sentence that each mistake gets."""

import pytest

from tests.builders import KNN
from tunecard.runner.config import parse
from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import registered
from tunecard.runner.schema import Gate, Study

HEAD = """
name = "s"
title = "s"
dataset = "digits"
[[models]]
name = "knn"
estimator = "sklearn.neighbors.KNeighborsClassifier"
[models.search]
strategy = "grid"
space = { n_neighbors = [1, 5] }
[[models]]
name = "plain"
estimator = "sklearn.svm.SVC"
"""


def told(*gates: str) -> list[str]:
    """The sentences about a study with these gates."""
    text = HEAD + "".join(f"[[gates]]\n{gate.replace(';', chr(10))}\n" for gate in gates)
    with pytest.raises(StudyError) as error:
        parse(text, "study.toml")
    return [line.strip() for line in str(error.value).splitlines()[1:]]


def test_times_are_ratios_to_the_baseline() -> None:
    """A gate on a time is against the baseline of the same run, one on a metric is not."""
    assert Gate(model="knn", time="fit", at_most=1.1).against == "baseline"
    assert Gate(model="knn", time="fit", at_most=1.1, against="value").against == "value"
    assert Gate(model="knn", metric="accuracy", at_least=0.9).against == "value"


def test_gates_look_at_the_tuned_case_and_let_the_undecided_pass() -> None:
    """The defaults of the case and of what inconclusive means."""
    gate = parse(
        HEAD + '[[gates]]\nmodel = "knn"\nmetric = "accuracy"\nat_least = 0.9', "s"
    )
    assert [(g.variant, g.undecided) for g in gate.gates] == [("tuned", "pass")]


def test_every_registered_metric_may_stand_in_a_gate() -> None:
    """One of the positive class alone as well, where the study names the class."""
    for metric in registered():
        limit = max(metric.range[0], 0) + 0.5
        gate = Gate(model="knn", metric=metric.name, against="baseline", at_least=limit)
        assert gate.metric == metric.name


MISTAKES = {
    "unknown model": (
        'model = "kn"; metric = "accuracy"; at_least = 0.9',
        (
            "gates[0].model: 'kn' is not a model of this study (knn, plain), did you mean "
            "'knn'."
        ),
    ),
    "no tuned case": (
        'model = "plain"; metric = "accuracy"; at_least = 0.9',
        (
            "gates[0].variant: 'tuned': model 'plain' has no search and thus no tuned "
            "case; set variant = 'baseline'."
        ),
    ),
    "no such metric": (
        'model = "knn"; metric = "acuracy"; at_least = 0.9',
        (
            "gates[0].metric: 'acuracy': is not a metric (did you mean 'accuracy'?); name "
            "a scorer of scikit-learn's for classifications, a registered metric, or your "
            "own function as module:name."
        ),
    ),
    "no such field": (
        'model = "knn"; metric = "accuracy"; at_leest = 0.9',
        "gates[0].at_leest: unknown key. Did you mean 'at_least'?",
    ),
    "metric and time": (
        'model = "knn"; metric = "accuracy"; time = "fit"; at_least = 0.9',
        "gates[0]: metric and time are both given; give either a metric or a time.",
    ),
    "about nothing": (
        'model = "knn"; at_least = 0.9',
        "gates[0]: is about nothing; give either a metric or a time.",
    ),
    "no limit": (
        'model = "knn"; metric = "accuracy"',
        "gates[0]: has no limit; give exactly one of at_least, at_most, within.",
    ),
    "two limits": (
        'model = "knn"; metric = "accuracy"; at_least = 0.9; at_most = 0.99',
        (
            "gates[0]: at_least and at_most are given; give exactly one of at_least, "
            "at_most, within."
        ),
    ),
    "against itself": (
        'model = "knn"; variant = "baseline"; time = "fit"; at_most = 1.1',
        (
            "gates[0].against: 'baseline': would compare the baseline with itself; use "
            "'value' or 'reference'."
        ),
    ),
    "near to nothing": (
        'model = "knn"; metric = "accuracy"; within = 0.01',
        (
            "gates[0].within: 0.01: needs something to be near to; set against = "
            "'baseline' or 'reference'."
        ),
    ),
    "per cent": (
        'model = "knn"; metric = "accuracy"; at_least = 97',
        "gates[0].at_least: 97: must be from 0 to 1; write 97 % as 0.97.",
    ),
    "points": (
        'model = "knn"; metric = "accuracy"; against = "baseline"; at_least = -1.5',
        (
            "gates[0].at_least: -1.5: must lie between -1 and 1; write one percentage "
            "point as 0.01."
        ),
    ),
    "no time": (
        'model = "knn"; time = "fit"; at_most = 0',
        "gates[0].at_most: 0: must be above 0.",
    ),
    "no positive class": (
        'model = "knn"; metric = "f1"; at_least = 0.9',
        (
            "gates[0].metric: 'f1' is of the positive class alone; name it, as "
            "data.positive."
        ),
    ),
    "a Brier score that cannot be": (
        'model = "knn"; metric = "brier"; against = "baseline"; at_most = 2.5',
        "gates[0].at_most: 2.5: must lie between -2 and 2.",
    ),
}


@pytest.mark.parametrize(("gate", "sentence"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_told_in_a_sentence(gate: str, sentence: str) -> None:
    """Field, value, what is allowed."""
    assert told(gate) == [sentence]


def test_all_mistakes_of_a_gate_are_told_at_once() -> None:
    """A line each, and those of two gates together."""
    lines = told(
        'model = "knn"; metric = "accuracy"; time = "fit"; at_least = 2; within = -1',
        'model = "knn"; time = "wait"; at_most = 1',
    )
    assert [line.partition(":")[0] for line in lines] == [
        "gates[0]", "gates[0]", "gates[0].within", "gates[1].time",
    ]  # fmt: skip


def test_gates_that_are_no_tables_are_told() -> None:
    """The heading that was meant is named."""
    with pytest.raises(StudyError, match=r"each headed \[\[gates\]\]"):
        parse("gates = 3\n" + HEAD, "study.toml")


def test_a_study_made_in_python_is_checked() -> None:
    """The same sentence, without a file."""
    gate = Gate(model="forest", metric="accuracy", at_least=0.9)
    with pytest.raises(ValueError, match="'forest' is not a model of this study"):
        Study(name="s", title="s", dataset="digits", models=(KNN,), gates=(gate,))


def test_a_mean_of_losses_of_one_case_has_a_gate() -> None:
    """Its interval is that of a mean, so a gate on the value can be decided."""
    assert Gate(model="knn", metric="log_loss", at_most=0.1).metric == "log_loss"


def test_a_short_name_of_a_metric_stands_for_its_name() -> None:
    """As in a study: not for a scorer with the sign changed."""
    gate = Gate(model="knn", metric="mae", at_most=11.0)
    assert gate.metric == "mean_absolute_error"
