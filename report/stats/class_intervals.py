"""The interval of one case's function of the confusion matrix, class by class."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tunecard.report.stats.binomial import clopper_pearson_ends
from tunecard.report.stats.interval import Interval
from tunecard.runner.metrics import Confusion, Metric, Values

METHOD = "exact intervals of the classes, added in squares"
#: Half a row: metrics are smooth in counts this large.
_STEP = 0.5
#: Rows of the mean class that a class is joined by where its spread is estimated.
_PRIOR_ROWS = 2.0
#: Largest bias of a metric, in half-widths, about which an interval is given.
MAX_BIAS = 0.1
#: How many times a bias upward the low end lies further out: the interval of weighted
#: precision, which would lie wholly above the truth in up to 5.5 % (60 rows of 3 classes),
#: does so in at most 2.6 %.
_OUTWARD = 4.0
#: Fixed class sizes are used from so many rows of each class on: of fewer, one end would be
#: wrong in up to 4.2 % (precision of 8 rows).
_FEW = 50
#: With a class of fewer rows in a stratified split half-widths are so many times as wide:
#: else an end of macro precision is wrong in 3.3 % (nine classes of five rows beside 950).
_VERY_FEW, _WIDER = 20, 1.1
#: Up to so many classes the bias is estimated: it needs the metric of every cell.
_MAX_CLASSES = 100


def class_metric_interval(
    matrix: NDArray[np.integer],
    metric: Metric,
    *,
    positive: int | None = None,
    fixed_sizes: bool = False,
    level: float = 0.95,
) -> Interval | None:
    """Return the interval of a metric of one case.

    Parameters
    ----------
    matrix : ndarray of int, shape (n_classes, n_classes)
        Rows by true and predicted class.
    metric : Metric
        With ``of_confusion``.
    positive : int or None
        Code of the positive class, where there is one.
    fixed_sizes : bool
        Whether the split fixed how many rows each true class has, as a stratified one
        does, so that chance did not.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval or None
        None where the metric is not defined on these rows, or where its own bias is
        more than a tenth of the half-width: no interval about it can hold then. Weighted
        precision has such a bias on 15 rows a class.
    """
    low, high = class_metric_ends(
        matrix, metric, positive=positive, fixed_sizes=fixed_sizes, level=level
    )
    if not np.isfinite([low, high]).all():
        return None
    return Interval(float(low), float(high), level, METHOD)


def class_metric_ends(
    matrices: NDArray[np.integer],
    metric: Metric,
    *,
    positive: int | None = None,
    fixed_sizes: bool = False,
    level: float = 0.95,
) -> tuple[Values, Values]:
    """Return both ends for many confusion matrices.

    Each class contributes what its own rows leave open: how far the metric moves when
    the class's share of right rows moves to an end of its exact interval, or by its
    standard error, where that is more. So the two rows of a rare class count as two,
    and a class without an error is not taken as certain. Squares of half-widths add up;
    the shift of the middle, which is skewness, is averaged with these squares as
    weights, so that it vanishes over many classes as skewness does. For one class this
    is the exact interval.

    What does not depend on these shares (which wrong class is predicted, how many rows
    a class has) adds its variance from influence values. The shares are those of the
    true classes or of the predicted ones, whichever explain more: recall is a function
    of the former, precision of the latter. Where the split fixed the rows of each true
    class, and they are at least 50, class sizes add nothing to the shares of the true
    classes. A metric that is biased upward, as weighted precision is, has a low end
    further out. Nothing is drawn at random.

    Parameters
    ----------
    matrices : ndarray of int, shape (..., n_classes, n_classes)
        Rows by true and predicted class.
    metric, positive, fixed_sizes, level
        As of :func:`class_metric_interval`.

    Returns
    -------
    low, high : ndarray of float, shape (...)
        NaN without an interval.

    References
    ----------
    G. Y. Zou and A. Donner (2008), "Construction of confidence limits about effect
    measures: a general approach", Statistics in Medicine 27, 1693-1702, equation 6
    (MOVER, which adds the squares of each side for itself); R. G. Newcombe (1998),
    "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17, 873-890, method 10. That a skewed sum's quantiles shift by
    its third cumulant over its variance: E. A. Cornish and R. A. Fisher (1938), Revue
    de l'Institut International de Statistique 5, 307-320. Bias: M. H. Quenouille (1956),
    "Notes on bias in estimation", Biometrika 43, 353-360.
    """
    counts = np.asarray(matrices, dtype=np.float64)
    fixed = fixed_sizes and bool(counts.sum(axis=-1).min() >= _FEW)
    by_true = _Grouping(counts, metric, positive, fixed=fixed)
    prefer_true, scale = _prefer_true(counts, metric, positive, fixed=fixed)
    half, shift = (
        np.where(prefer_true, of_true, scale * of_predicted)
        for of_true, of_predicted in zip(
            by_true.reach(level), by_true.mirrored().reach(level), strict=True
        )
    )
    sizes = by_true.sizes
    smallest = np.where(sizes > 0, sizes, np.inf).min(axis=-1)
    half = np.where(fixed_sizes & (smallest < _VERY_FEW), _WIDER * half, half)
    middle, bias = by_true.value + shift, by_true.bias
    holds = np.abs(bias) <= MAX_BIAS * half
    low = middle - half - _OUTWARD * np.maximum(bias, 0.0)
    return (
        np.where(holds, np.maximum(low, metric.range[0]), np.nan),
        np.where(holds, np.minimum(middle + half, metric.range[1]), np.nan),
    )


def _prefer_true(
    counts: Values, metric: Metric, positive: int | None, *, fixed: bool
) -> tuple[NDArray[np.bool_], Values]:
    """Return where the shares of the true classes explain more, with no empty cell.

    And what fixed class sizes leave of a standard error: by predicted classes, whose sizes
    no split fixes, nothing else takes it into account.
    """
    some = counts.sum(axis=-1) + counts.sum(axis=-2) > 0
    smooth = counts + some[..., :, None] * some[..., None, :] / some.shape[-1]
    by_true = _Grouping(smooth, metric, positive, fixed=fixed)
    prefer: NDArray[np.bool_] = by_true.unexplained <= by_true.mirrored().unexplained
    scale = np.ones(prefer.shape)
    if fixed:
        whole, within = by_true.variances
        scale = np.sqrt(np.maximum(within, 0.0) / np.maximum(whole, 1e-300))
    return prefer, scale


@dataclass(frozen=True)
class _Grouping:
    """Confusion matrices whose first axis groups the rows: by true or predicted class.

    ``mirror`` is the grouping by true class of one by predicted class, which takes over
    what does not depend on the grouping.
    """

    counts: Values
    metric: Metric
    positive: int | None
    fixed: bool = False
    mirror: "_Grouping | None" = None

    def mirrored(self) -> "_Grouping":
        """Return the grouping by predicted class."""
        counts = np.swapaxes(self.counts, -1, -2)
        return _Grouping(counts, self.metric, self.positive, mirror=self)

    @cached_property
    def sizes(self) -> Values:
        """Rows of each group, shape (..., n_classes)."""
        sizes: Values = self.counts.sum(axis=-1)
        return sizes

    @cached_property
    def others(self) -> Values:
        """Rows of each class on the other axis, shape (..., n_classes)."""
        others: Values = self.counts.sum(axis=-2)
        return others

    @cached_property
    def hits(self) -> Values:
        """Rows on the diagonal, shape (..., n_classes)."""
        return np.diagonal(self.counts, axis1=-2, axis2=-1)

    @cached_property
    def value(self) -> Values:
        """The metric, shape (...)."""
        if self.mirror is not None:
            return self.mirror.value
        return self._evaluate(self.hits, self.sizes, self.others)

    def _evaluate(self, hits: Values, sizes: Values, others: Values) -> Values:
        assert self.metric.of_confusion is not None
        support, predicted = (others, sizes) if self.mirror else (sizes, others)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.metric.of_confusion(
                Confusion(hits, predicted, support, self.positive)
            )

    @cached_property
    def wrong(self) -> Values:
        """Rows off the diagonal, shape (..., n_classes, n_classes)."""
        return self.counts * (1 - np.eye(self.counts.shape[-1]))

    @cached_property
    def wrong_shares(self) -> Values:
        """Where a group's wrong rows go, with one row more for all classes alike."""
        present = (self.sizes + self.others > 0)[..., None, :]
        even = present * (1 - np.eye(self.counts.shape[-1]))
        even = even / np.maximum(even.sum(axis=-1, keepdims=True), 1)
        wrong = self.wrong + even
        shares: Values = wrong / np.maximum(wrong.sum(axis=-1, keepdims=True), 1e-300)
        return shares

    @cached_property
    def slopes(self) -> tuple[Values, Values, Values]:
        """What one more row among hits, sizes and others moves, each (..., n_classes)."""
        if self.mirror is not None:
            by_hit, by_size, by_other = self.mirror.slopes
            return by_hit, by_other, by_size
        step = _STEP * np.eye(self.counts.shape[-1])
        # Each of hits, sizes and others is moved up, then down, in one evaluation of all.
        moves = np.zeros((3, 3, 2, *step.shape))
        for which in range(3):
            moves[which, which] = step, -step
        sides = self._evaluate(
            *(
                kind[..., None, None, None, :] + moved
                for kind, moved in zip(
                    (self.hits, self.sizes, self.others), moves, strict=True
                )
            )
        )
        slopes = (sides[..., 0, :] - sides[..., 1, :]) / (2 * _STEP)
        return slopes[..., 0, :], slopes[..., 1, :], slopes[..., 2, :]

    @cached_property
    def influence(self) -> Values:
        """What one more row of each cell moves, shape (..., n_classes, n_classes)."""
        by_hit, by_size, by_other = self.slopes
        diagonal = np.eye(self.counts.shape[-1]) * by_hit[..., None, :]
        moved: Values = diagonal + by_size[..., :, None] + by_other[..., None, :]
        return moved

    @cached_property
    def bias(self) -> Values:
        """Quenouille's estimate, each row left out in turn, shape (...).

        A row that is the only one of its class counts by its influence or not at all,
        whichever gives the smaller bias: without it the metric would be of other
        classes. 0 for very many classes, where it would take long.
        """
        n_classes = self.counts.shape[-1]
        if n_classes > _MAX_CLASSES:
            return np.zeros(self.counts.shape[:-2])
        group, other = np.divmod(np.arange(n_classes**2), n_classes)
        unit = np.eye(n_classes)
        without = self._evaluate(
            self.hits[..., None, :] - unit[group] * (group == other)[:, None],
            self.sizes[..., None, :] - unit[group],
            self.others[..., None, :] - unit[other],
        )
        alone = (self.sizes[..., group] <= 1) | (self.others[..., other] <= 1)
        weights = self.counts.reshape(*self.counts.shape[:-2], -1)
        linear = -self.influence.reshape(weights.shape)
        n = self.counts.sum(axis=(-1, -2))
        estimates = []
        for of_alone in (linear, 0.0):
            moved = np.where(alone, of_alone, without - self.value[..., None])
            moved = np.where(weights > 0, weights * moved, 0.0)
            estimates.append((n - 1) / np.maximum(n, 1) * moved.sum(axis=-1))
        smaller = np.abs(estimates[0]) < np.abs(estimates[1])
        bias: Values = np.where(smaller, *estimates)
        return bias

    @cached_property
    def unexplained(self) -> Values:
        """Variance that the groups' shares of hits do not explain, shape (...)."""
        weighted = self.counts * self.influence
        means = weighted.sum(axis=-1) / np.maximum(self.sizes, 1)
        between = 0.0
        if not self.fixed:
            between = (self.sizes * means**2).sum(axis=-1)
            between -= weighted.sum(axis=(-1, -2)) ** 2 / self.sizes.sum(axis=-1)
        n_wrong = np.maximum(self.wrong.sum(axis=-1, keepdims=True), 1)
        center = (self.wrong * self.influence).sum(axis=-1, keepdims=True) / n_wrong
        among_wrong = (self.wrong * (self.influence - center) ** 2).sum(axis=(-1, -2))
        total: Values = np.maximum(between, 0.0) + among_wrong
        return total

    @cached_property
    def variances(self) -> tuple[Values, Values]:
        """Variance of the metric over all rows, and that within groups, each (...)."""
        squares = (self.counts * self.influence**2).sum(axis=-1)
        sums = (self.counts * self.influence).sum(axis=-1)
        whole = squares.sum(axis=-1) - sums.sum(axis=-1) ** 2 / self.sizes.sum(axis=-1)
        within = (squares - sums**2 / np.maximum(self.sizes, 1)).sum(axis=-1)
        return whole, within

    def reach(self, level: float) -> tuple[Values, Values]:
        """Return the half-width of the interval and the shift of its middle, each (...)."""
        eye = np.eye(self.counts.shape[-1])
        shares = clopper_pearson_ends(self.hits, self.sizes, level)
        # A class that is never predicted leaves its precision open: as if by one row.
        unseen = (self.sizes == 0) & (self.others > 0)
        at_ends = []
        for share in shares:
            moved = ((self.sizes + unseen) * share - self.hits)[..., :, None]
            at_ends.append(
                self._evaluate(
                    self.hits[..., None, :] + moved * eye,
                    self.sizes[..., None, :] + unseen[..., :, None] * eye,
                    self.others[..., None, :] + moved * (eye - self.wrong_shares),
                )
                - self.value[..., None]
            )
        up = np.maximum(np.maximum(*at_ends), 0.0)
        down = np.maximum(-np.minimum(*at_ends), 0.0)
        z = special.ndtri((1 + level) / 2)
        normal = z * self.share_errors * (up + down) / (shares[1] - shares[0])
        squares = np.maximum((up + down) / 2, normal) ** 2
        total = squares.sum(axis=-1) + z**2 * self.unexplained
        shift = ((up - down) / 2 * squares).sum(axis=-1) / np.maximum(total, 1e-300)
        return np.sqrt(total), shift

    @cached_property
    def share_errors(self) -> Values:
        """Standard error of each group's share of hits, drawn to that of the mean group."""
        some = self.sizes > 0
        shares = self.hits / np.maximum(self.sizes, 1)
        mean = (shares.sum(axis=-1) + 0.5) / (some.sum(axis=-1) + 1)
        smooth = (self.hits + _PRIOR_ROWS * mean[..., None]) / (self.sizes + _PRIOR_ROWS)
        errors: Values = np.sqrt(smooth * (1 - smooth) / np.maximum(self.sizes, 1)) * some
        return errors
