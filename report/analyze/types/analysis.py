"""The analysis of a run, whole: its models, its data, and what was tested."""

from dataclasses import dataclass
from typing import Literal

from tunecard.report.analyze.types.engines import EngineComparison
from tunecard.report.analyze.types.errors import ColumnBeyond, OutOfRange
from tunecard.report.analyze.types.machine import KernelAnalysis
from tunecard.report.analyze.types.model import (
    CaseAnalysis,
    ModelAnalysis,
    MostFrequent,
    OrderEffect,
    TwinQuality,
)
from tunecard.report.analyze.types.quality import (
    TunedComparison,
)
from tunecard.report.analyze.types.times import (
    MoreRounds,
)
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import (
    DatasetInfo,
    Environment,
    MetricSpec,
)


@dataclass(frozen=True)
class Analysis:
    """A run in numbers and words.

    Attributes
    ----------
    metric : MetricSpec
        The study's own: what the search maximized and the verdict is about.
    margin : float or None
        Smallest difference in it that matters.
    metrics : tuple of MetricSpec
        Every metric of the run, in the order of the page.
    headline : tuple of MetricSpec
        The metrics that stand at the top.
    class_names : tuple of str
        In the order of their codes.
    predictions_reason : str or None
        Why predictions could not be used, so that nothing paired is known.
    models : tuple of ModelAnalysis
        In the study's order.
    between : tuple of TunedComparison
        Every pair of tuned models that can be compared.
    kernel : KernelAnalysis or None
        How steady the machine was; None where the kernel was not timed.
    ignored : tuple of str
        Codes of findings that the study asks to ignore.
    dataset, environment
        As the runner stored them; of several seeds `dataset` is the first one's.
    more_rounds : MoreRounds or None
        What more rounds would take; None where there are no times, or no more to have.
    engines : tuple of EngineComparison
        Models that differ in their engine alone; empty where there are none.
    twins : tuple of TwinQuality
        A model each; empty where no test row stands in training too, or all of them do.
    order : tuple of OrderEffect
        A model each; empty where the tests go by groups, or there are few rows.
    out_of_range : OutOfRange or None
        Of a regression, where a test row's true value lies outside the training rows'.
    beyond : tuple of ColumnBeyond
        Of a regression, columns with more test rows outside their range in training than
        chance brings; the clearest first.
    """

    metric: MetricSpec
    margin: float | None
    seed: int
    n_train: int
    n_test: int
    metrics: tuple[MetricSpec, ...]
    headline: tuple[MetricSpec, ...]
    class_names: tuple[str, ...]
    most_frequent: MostFrequent | None
    predictions_reason: str | None
    models: tuple[ModelAnalysis, ...]
    between: tuple[TunedComparison, ...]
    kernel: KernelAnalysis | None
    ignored: tuple[str, ...]
    dataset: DatasetInfo
    environment: Environment
    more_rounds: MoreRounds | None = None
    seeds: "SeedsAnalysis | None" = None
    engines: tuple[EngineComparison, ...] = ()
    twins: tuple[TwinQuality, ...] = ()
    order: tuple[OrderEffect, ...] = ()
    out_of_range: OutOfRange | None = None
    beyond: tuple[ColumnBeyond, ...] = ()

    @property
    def task(self) -> TaskName:
        """What the study predicts: classes, or values."""
        return "classification" if self.dataset.values is None else "regression"

    @property
    def cases(self) -> tuple[CaseAnalysis, ...]:
        """Every case, model by model."""
        return tuple(case for model in self.models for case in model.cases)

    def model(self, name: str) -> ModelAnalysis:
        """Return a model by its short name; KeyError when there is none."""
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(name)


@dataclass(frozen=True)
class SeedsAnalysis:
    """Several seeds: the analysis of each, and what they show together.

    Attributes
    ----------
    seeds : tuple of int
        In the study's order.
    resplit : bool
        Whether each seed has rows of its own; else they share the test rows.
    analyses : tuple of Analysis
        Of each seed, as if it had run alone.
    noun : str
        What a reader calls one of them: ``seed``, or ``split`` where the study has
        several outer splits, each with a seed of its own.
    """

    seeds: tuple[int, ...]
    resplit: bool
    analyses: tuple[Analysis, ...]
    noun: Literal["seed", "split"] = "seed"

    @property
    def have_pages(self) -> bool:
        """Whether each has a page of its own; many splits would take long to draw."""
        return self.noun == "seed"

    def name_of(self, *seeds: int) -> str:
        """Name some: seeds by their numbers, splits by their places from 1.

        As a sentence has them: ``seed 1``, ``seeds 1, 2 and 3``.
        """
        numbers = [
            str(seed if self.noun == "seed" else self.seeds.index(seed) + 1)
            for seed in seeds
        ]
        if len(numbers) == 1:
            return f"{self.noun} {numbers[0]}"
        return f"{self.noun}s {', '.join(numbers[:-1])} and {numbers[-1]}"
