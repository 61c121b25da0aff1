"""How often each rule calls a tuned model better: where it is not, and where it is.

``python -m tests.stress.false_better`` simulates and writes
docs/explanation/false-better.md. Rows are normal with a mean for each of two classes; both
models are linear discriminants on some of the columns, fitted again in every fold, half
and training part. So the true accuracy of a fitted model is known exactly, and two models
on columns of equal worth are equally good.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tests.stress.rules import RULES, Flags, Floats, Measured

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "false-better.md"
SEED, STUDIES = 0, 1_000
ROWS = (400, 2_000)
#: Share of the rows that are test rows, and folds of the cross-validation.
TEST, FOLDS = 0.25, 5
#: Columns that all models have, and that each has alone; their distance between classes.
SHARED, OWN = 4, 4
SHARED_WORTH, OWN_WORTH = 0.70, 0.45


@dataclass(frozen=True)
class Setting:
    """Models of a study: how many candidates, and what the tuned one gains.

    Attributes
    ----------
    title : str
        For the table.
    n_candidates : int
        Of equal worth; the best mean over the folds is the tuned one.
    gain : float
        Of the best possible rule's accuracy, on the candidates' columns.
    """

    title: str
    n_candidates: int = 1
    gain: float = 0.0

    @property
    def worth(self) -> float:
        """Distance between the classes in the columns that a candidate has alone."""
        best = special.ndtr(math.hypot(SHARED_WORTH, OWN_WORTH)) + self.gain
        return math.sqrt(float(special.ndtri(best)) ** 2 - SHARED_WORTH**2)


SETTINGS = (
    Setting("no difference, one candidate"),
    Setting("no difference, best of 20 candidates", n_candidates=20),
    Setting("gain of 1 point", gain=0.01),
    Setting("gain of 2 points", gain=0.02),
    Setting("gain of 5 points", gain=0.05),
)


@dataclass(frozen=True)
class Line:
    """A setting on so many rows.

    Attributes
    ----------
    better : dict of float
        Share of studies in which each rule calls the tuned model better.
    gain : float
        Mean true gain in accuracy of the models that were fitted on the training part.
    """

    setting: Setting
    n: int
    better: dict[str, float]
    gain: float


def simulate(setting: Setting, n: int, n_studies: int, seed: int) -> Line:
    """Simulate studies of a setting on n rows each."""
    rng = np.random.default_rng([seed, n, SETTINGS.index(setting)])
    called, gains = dict.fromkeys(RULES, 0), 0.0
    for _ in range(n_studies):
        study, gain = _study(setting, n, rng)
        gains += gain
        for name, rule in RULES.items():
            called[name] += rule(study)
    shares = {name: count / n_studies for name, count in called.items()}
    return Line(setting, n, shares, gains / n_studies)


def _study(setting: Setting, n: int, rng: np.random.Generator) -> tuple[Measured, float]:
    """Draw one study; return what it measured, and the true gain."""
    truth = rng.permutation(n) < n // 2
    sign = np.where(truth, 1.0, -1.0)
    means = [
        np.full(SHARED, SHARED_WORTH / math.sqrt(SHARED)),
        np.full(OWN, OWN_WORTH / math.sqrt(OWN)),
        np.full(OWN, setting.worth / math.sqrt(OWN)),
    ]
    tables = np.empty((1 + setting.n_candidates, n, SHARED + OWN), dtype=np.float32)
    tables[:, :, :SHARED] = _normal(rng, n, sign, means[0])
    for i, table in enumerate(tables):
        table[:, SHARED:] = _normal(rng, n, sign, means[1 + (i > 0)])
    test = rng.permutation(n) < round(TEST * n)
    # The cross-validation of who has no test part is on all rows; Tunecard's search is
    # on its training rows. Two searches, and two models that they choose.
    over_all = _folds(tables, truth, np.ones(n, dtype=bool), rng)
    chosen_of_all = 1 + int(over_all[1:].mean(axis=1).argmax())
    chosen = chosen_of_all
    if setting.n_candidates > 1:
        over_train = _folds(tables, truth, ~test, rng)
        chosen = 1 + int(over_train[1:].mean(axis=1).argmax())
    right, accuracy = _fit(
        tables[[0, chosen]],
        truth,
        (~test)[None, :],
        np.stack([np.concatenate([means[0], own]) for own in means[1:]]),
    )
    study = Measured(
        folds=over_all[[0, chosen_of_all]],
        halves=_halves(tables[[0, chosen_of_all]], truth, rng),
        right=right[:, 0, test],
    )
    return study, float(accuracy[1, 0] - accuracy[0, 0])


def _normal(
    rng: np.random.Generator, n: int, sign: Floats, mean: Floats
) -> NDArray[np.float32]:
    """Draw n rows of columns with this mean, or minus this mean."""
    rows = rng.standard_normal((n, len(mean)), dtype=np.float32)
    rows += np.outer(sign, mean).astype(np.float32)
    return rows


def _folds(
    tables: NDArray[np.float32], truth: Flags, use: Flags, rng: np.random.Generator
) -> Floats:
    """Return accuracies over stratified folds of the rows in use, (n_models, FOLDS)."""
    fold = np.full(len(truth), -1)
    for code in (False, True):
        places = rng.permutation(np.flatnonzero(use & (truth == code)))
        fold[places] = np.arange(len(places)) % FOLDS
    held_out = fold[None, :] == np.arange(FOLDS)[:, None]
    right, _ = _fit(tables, truth, use & ~held_out)
    return _accuracy(right, held_out)


def _halves(tables: NDArray[np.float32], truth: Flags, rng: np.random.Generator) -> Floats:
    """Return accuracies on both halves of five random splits, (n_models, 5, 2)."""
    n = len(truth)
    first = np.stack([rng.permutation(n) < n // 2 for _ in range(5)])
    # mlxtend trains on the first half and scores on the second, then the reverse.
    train = np.stack([first, ~first], axis=1).reshape(10, n)
    right, _ = _fit(tables, truth, train)
    return _accuracy(right, ~train).reshape(len(tables), 5, 2)


def _accuracy(right: Flags, rows: Flags) -> Floats:
    shares: Floats = (right & rows).sum(axis=-1) / rows.sum(axis=-1)
    return shares


def _fit(
    tables: NDArray[np.float32], truth: Flags, train: Flags, means: Floats | None = None
) -> tuple[Flags, Floats]:
    """Fit a linear discriminant of each table on each training part.

    Parameters
    ----------
    tables : ndarray of float, shape (n_models, n_rows, n_columns)
        What each model is given.
    truth : ndarray of bool, shape (n_rows,)
        Classes.
    train : ndarray of bool, shape (n_parts, n_rows)
        Training rows.
    means : ndarray of float, shape (n_models, n_columns), optional
        True mean of the class True, minus that of the class False.

    Returns
    -------
    right : ndarray of bool, shape (n_models, n_parts, n_rows)
        Whether each row is predicted correctly.
    accuracy : ndarray of float, shape (n_models, n_parts)
        True accuracy; empty without ``means``.
    """
    moments = []
    for code in (True, False):
        weights = (train & (truth == code)).astype(tables.dtype)
        counts = weights.sum(axis=1)
        sums = np.einsum("pn,mnc->mpc", weights, tables, optimize=True)
        moments.append((counts, sums / counts[:, None]))
    every = train.astype(tables.dtype)
    scatter = np.stack([[(table.T * part) @ table for part in every] for table in tables])
    for counts, center in moments:
        scatter -= counts[:, None, None] * center[..., :, None] * center[..., None, :]
    scatter /= every.sum(axis=1)[:, None, None]
    above, below = moments[0][1], moments[1][1]
    slope = np.linalg.solve(scatter, (above - below)[..., None])[..., 0]
    offset = -(slope * (above + below)).sum(axis=-1) / 2
    scores = np.einsum("mpc,mnc->mpn", slope, tables, optimize=True) + offset[..., None]
    right = (scores > 0) == truth
    if means is None:
        return right, np.empty(0)
    length = np.linalg.norm(slope, axis=-1)
    reach = (slope * means[:, None, :]).sum(axis=-1)
    accuracy = (
        special.ndtr((reach + offset) / length) + special.ndtr((reach - offset) / length)
    ) / 2
    return right, accuracy


def table(lines: Sequence[Line], n_studies: int) -> str:
    """Write the lines as a Markdown table, in percent with Monte Carlo errors."""
    header = ["Setting", "Rows", "True gain", *RULES]
    texts = [header, ["---"] + ["---:"] * (len(header) - 1)]
    for line in lines:
        cells = [
            f"{100 * share:.1f} ± {100 * math.sqrt(share * (1 - share) / n_studies):.1f}"
            for share in line.better.values()
        ]
        gain = f"{100 * line.gain:+.2f}"
        texts.append([line.setting.title, f"{line.n:,}", gain, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in texts)


def page(lines: Sequence[Line], n_studies: int, seed: int) -> str:
    """Write the whole page."""
    null = [line for line in lines if line.setting.gain == 0]
    gain = [line for line in lines if line.setting.gain > 0]
    return _TEXT.format(
        null=table(null, n_studies),
        gain=table(gain, n_studies),
        studies=f"{n_studies:,}",
        seed=seed,
    )


_TEXT = """\
# How often is "better" wrong?

A tuned model is compared with its baseline, and a rule decides whether it is better. These
tables count how often six rules call it better: first without a difference,
then with one. Each line is {studies} simulated studies, seed {seed}; the figure after
± is the Monte Carlo standard error. All of it is simulated and written by

    python -m tests.stress.false_better

## No difference: every "better" is wrong

Percent of studies in which the rule calls the tuned model better.

{null}

## A known gain: how often it is found

{gain}

## The rules

All rules have the same rows.

- **Higher accuracy on the test part**: 25 % of the rows are held out; the higher accuracy
  wins.
- **Higher mean over 5 folds**: stratified cross-validation on all rows; the higher mean
  wins. With 20 candidates this is what a search shows: the best of 20 means against the
  baseline's.
- **Bars of one standard deviation apart**: the same means, each plus and minus the standard
  deviation over the folds; the tuned model is better where the bars do not overlap.
- **Gap of 0.01 and of 5 % (skore)**: the accuracy on the test part is higher by at least
  0.01 and by at least 5 % of the baseline's. skore's checks SKD009 and SKD010 use this
  threshold for "significantly better" than a baseline.
- **5x2cv paired t-test**: Dietterich (1998), as mlxtend computes it, p below 0.05 and the
  higher mean. The model that a search on all rows chose is tested on the same rows.
- **Tunecard**: the search uses the training rows only; the discordant rows of the test part
  are tested two-sided at 5 %, so that "better" is wrong in about 2.5 %.

## The simulation

Rows have two equally frequent classes and normal columns: 4 that all models use, and 4 that
each model has alone. Models are linear discriminants, fitted again in each fold, half and
training part. Without a difference the columns of each model are of equal worth, so no
model is better on average; a gain is one of the best possible rule's accuracy, about 0.80
for the baseline. "True gain" is the exact mean gain, in points, of the models fitted
on the training part.

## How to read it

- A rule without a test is wrong in about half of the studies without a difference: one of
  two equal models is ahead. After a search among 20 candidates the best mean over the folds
  is nearly always above the baseline's.
- Bars that do not overlap are seldom wrong and miss most gains of one and two points: the
  bars do not shrink with the number of rows.
- A fixed threshold is often wrong on few rows. On many it is seldom wrong, and finds only
  gains that are larger than itself.
- The 5x2cv test keeps its level for two models that were fixed in advance, and uses every
  row for it, so that it mostly finds more than Tunecard. A model chosen on the same
  rows makes it wrong more often than it states.
- Tunecard's test keeps its level in all four lines, since the search never used the test
  rows. The price is that only a quarter of the rows can show a gain.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate all settings and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES, help="of each line")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write")
    given = parser.parse_args(arguments)
    lines = []
    for setting in SETTINGS:
        for n in given.rows:
            lines.append(simulate(setting, n, given.studies, given.seed))
            print(table(lines[-1:], given.studies).splitlines()[-1], flush=True)  # noqa: T201 # progress
    given.output.write_text(page(lines, given.studies, given.seed), "utf-8")


if __name__ == "__main__":
    main()
