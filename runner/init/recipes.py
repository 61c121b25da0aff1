"""Models for a first study: the common ones of each task, each with a sensible space."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import TaskName

_NEIGHBORS = (1, 3, 5, 7, 9, 11, 15, 21, 31)
_SMALL, _MIDDLE = 5_000, 50_000  # rows


@dataclass(frozen=True)
class Shape:
    """What of a dataset the choice of models depends on.

    Attributes
    ----------
    n_train : int
        Training rows.
    n_columns : int
        Columns that a model sees, categories spread out.
    smallest : int
        Training rows of the rarest class; all of a regression.
    is_image : bool
        Whether the columns are pixels of one scale.
    is_repeated : bool
        Whether each search is repeated in several outer splits, whose number makes up for
        fewer candidates and folds.
    """

    n_train: int
    n_columns: int
    smallest: int
    is_image: bool
    task: TaskName = "classification"
    is_repeated: bool = False

    @property
    def folds(self) -> int:
        """Folds of a search: 5 or 3, or as many as the rarest class has rows."""
        few = self.is_repeated or self.n_train > _SMALL
        return max(2, min(3 if few else 5, self.smallest))

    @property
    def n_slow(self) -> int:
        """Candidates of a model whose fit takes tenths of a second on the smallest data."""
        return 6 if self.is_repeated else 10

    @property
    def n_fold(self) -> int:
        """Rows that a fold is fitted on."""
        return self.n_train - -(-self.n_train // self.folds)


@dataclass(frozen=True)
class Recipe:
    """A model as a study file has it, comments included.

    Attributes
    ----------
    why : str
        When it is of use, for the comment above it.
    scaled : bool
        Whether its columns are brought to one scale first.
    search : callable
        Writes the lines of its search for a shape.
    """

    label: str
    estimator: str
    why: str
    params: str
    scaled: bool
    search: Callable[[Shape], tuple[str, ...]]


def _knn(shape: Shape) -> tuple[str, ...]:
    # With half of the rows as neighbors every row gets the same answer.
    k = [n for n in _NEIGHBORS if n <= max(shape.n_fold // 2, 2)]
    return (
        'strategy = "grid" # every combination',
        f'space = {{ n_neighbors = {k}, weights = ["uniform", "distance"] }}',
        'simpler = { n_neighbors = "larger" } # what the one-standard-error choice prefers',
    )


def _logreg(_shape: Shape) -> tuple[str, ...]:
    return (
        'strategy = "grid" # two values a decade',
        "space = { C = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100] }",
        'simpler = { C = "smaller" }',
    )


def _forest(shape: Shape) -> tuple[str, ...]:
    leaf = max(2, min(20, shape.n_fold // 10))
    return (
        'strategy = "random"',
        f"n_iter = {shape.n_slow}",
        "[models.search.space]",
        'max_features = { distribution = "uniform", low = 0.1, high = 1.0 }',
        f'min_samples_leaf = {{ distribution = "randint", low = 1, high = {leaf} }}',
    )


def _boosting(shape: Shape) -> tuple[str, ...]:
    return (
        'strategy = "random"',
        f"n_iter = {shape.n_slow}",
        "[models.search.space]",
        'learning_rate = { distribution = "loguniform", low = 0.02, high = 0.5 }',
        'max_leaf_nodes = { distribution = "randint", low = 4, high = 63 }',
    )


def _svm(_shape: Shape) -> tuple[str, ...]:
    return (
        'strategy = "random"',
        "n_iter = 15",
        "[models.search.space]",
        'C = { distribution = "loguniform", low = 1e-2, high = 1e3 }',
        'gamma = { distribution = "loguniform", low = 1e-4, high = 1e1 }',
    )


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "knn": Recipe(
            label="k-nearest neighbors",
            estimator="sklearn.neighbors.KNeighborsClassifier",
            why="The classes of the nearest rows; slow to predict with very many rows.",
            params="",
            scaled=True,
            search=_knn,
        ),
        "logreg": Recipe(
            label="logistic regression",
            estimator="sklearn.linear_model.LogisticRegression",
            why="A weight for each column; hard to beat where a plane parts the classes.",
            params="max_iter = 1000",
            scaled=True,
            search=_logreg,
        ),
        "forest": Recipe(
            label="random forest",
            estimator="sklearn.ensemble.RandomForestClassifier",
            why="Many trees on parts of the data; needs no scaling.",
            params="",
            scaled=False,
            search=_forest,
        ),
        "boosting": Recipe(
            label="gradient boosting",
            estimator="sklearn.ensemble.HistGradientBoostingClassifier",
            why="Trees one after another, on binned columns; quick with many rows.",
            params="",
            scaled=False,
            search=_boosting,
        ),
        "svm": Recipe(
            label="support vector machine",
            estimator="sklearn.svm.SVC",
            why="A curved border with a wide margin; for up to some thousands of rows.",
            params="",
            scaled=True,
            search=_svm,
        ),
    }
)


def _ridge(_shape: Shape) -> tuple[str, ...]:
    return (
        'strategy = "grid" # two values a decade',
        "space = { alpha = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4] }",
        'simpler = { alpha = "larger" } # what the one-standard-error choice prefers',
    )


def _boosted_values(shape: Shape) -> tuple[str, ...]:
    leaf = max(6, min(100, shape.n_fold // 10))
    return (
        *_boosting(shape),
        f'min_samples_leaf = {{ distribution = "randint", low = 5, high = {leaf} }}',
    )


#: Of a regression.
REGRESSORS: Mapping[str, Recipe] = MappingProxyType(
    {
        "ridge": Recipe(
            label="ridge regression",
            estimator="sklearn.linear_model.Ridge",
            why="A weight for each column, shrunk to 0; hard to beat where effects add up.",
            params="",
            scaled=True,
            search=_ridge,
        ),
        "forest": Recipe(
            label="random forest",
            estimator="sklearn.ensemble.RandomForestRegressor",
            why="The mean of many trees on parts of the data; needs no scaling.",
            params="",
            scaled=False,
            search=_forest,
        ),
        "boosting": Recipe(
            label="gradient boosting",
            estimator="sklearn.ensemble.HistGradientBoostingRegressor",
            why="Trees one after another, on binned columns; quick with many rows.",
            params="",
            scaled=False,
            search=_boosted_values,
        ),
        "knn": Recipe(
            label="k-nearest neighbors",
            estimator="sklearn.neighbors.KNeighborsRegressor",
            why="The mean of the nearest rows; slow to predict with very many rows.",
            params="",
            scaled=True,
            search=_knn,
        ),
        "svm": Recipe(
            label="support vector machine",
            estimator="sklearn.svm.SVR",
            why="A curved surface with a tube around it; for up to some thousands of rows.",
            params="",
            scaled=True,
            search=_svm,
        ),
    }
)


def recipes_of(task: TaskName) -> Mapping[str, Recipe]:
    """Return the models of a task, by the names that ``--models`` takes."""
    return REGRESSORS if task == "regression" else RECIPES


def pick(shape: Shape, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the recipes of a study: those requested, or chosen by size.

    Parameters
    ----------
    shape : Shape
        Of the data.
    wanted : tuple of str
        Names of recipes; empty to choose by the number of rows.

    Raises
    ------
    StudyError
        If a name is unknown, or stands twice.
    """
    recipes = recipes_of(shape.task)
    for name in wanted:
        if name not in recipes:
            kind = "regressor" if shape.task == "regression" else "classifier"
            raise StudyError(
                f"--models {name}: is not a recipe of init; there are "
                f"{', '.join(recipes)}. Any other {kind} can be written into the study."
            )
        if wanted.count(name) > 1:
            raise StudyError(f"--models: {name} stands twice; name each model once.")
    if wanted:
        return wanted
    if shape.task == "regression":
        return _pick_regressors(shape)
    if shape.is_image:
        return ("knn", "logreg")
    if shape.n_train <= _SMALL:
        # Searched ten times over a forest takes longer than all else together.
        return ("knn", "logreg", "svm" if shape.is_repeated else "forest")
    if shape.n_train <= _MIDDLE:
        return ("logreg", "forest", "boosting")
    return ("logreg", "boosting")


def _pick_regressors(shape: Shape) -> tuple[str, ...]:
    if shape.is_image:
        return ("knn", "ridge")
    if shape.n_train <= _SMALL:
        return ("ridge", "forest", "knn")
    if shape.n_train <= _MIDDLE:
        return ("ridge", "boosting", "knn")
    return ("ridge", "boosting")
