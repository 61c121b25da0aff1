"""The text of a first study: TOML with a comment on every choice."""

import re
import shlex
from collections.abc import Iterator, Mapping

from tunecard.runner.datasets import Dataset, quoted
from tunecard.runner.init.columns import fields
from tunecard.runner.init.recipes import Shape, pick, recipes_of
from tunecard.runner.init.splits import write_split
from tunecard.runner.metrics import DEFAULT, TaskName, default_of, find
from tunecard.runner.schema import Data, DatasetInfo, SplitSpec, TargetInfo

_SKEWED = 2.0  # skewness of a target from which few rows decide R2
_RARE = 0.5  # of the rows it would have if all classes were as large


def first_study(
    name: str,
    dataset: Dataset,
    data: Data,
    *,
    path: str,
    models: tuple[str, ...] = (),
    metric: str | None = None,
    split: tuple[SplitSpec, tuple[str, ...]],
    reasons: Mapping[str, tuple[str, ...]],
    origin: str,
    file: str = "study.toml",
    task: TaskName = "classification",
) -> str:
    """Write a first study.

    Parameters
    ----------
    name : str
        Of the study; what a name may not have becomes a hyphen.
    dataset : Dataset
        The data, loaded with `data`.
    data : Data
        How it is read.
    path : str
        The ``dataset`` of the study.
    models : tuple of str
        Names of recipes; empty to choose by the size of the data.
    metric : str or None
        The metric of the verdicts; None for accuracy, or F1 where a class is rare.
    split : (SplitSpec, tuple of str)
        How rows are held out, and why.
    reasons : dict
        Sentences on the choices of `data`, by field.
    origin : str
        The command that writes this, for the first line.
    file : str
        The study's own path, for the second.
    task : str
        What is predicted.

    Returns
    -------
    str
        TOML that `tunecard.runner.config.parse` takes.
    """
    info = dataset.info
    several = split[0].n_outer
    shape = _make_shape(info, task, is_repeated=several > 1)
    chosen = pick(shape, models)
    labels = [recipes_of(task)[recipe].label for recipe in chosen]
    names = f"{', '.join(labels[:-1])} and {labels[-1]}" if labels[1:] else labels[0]
    title = f"{info.title}: {names}, before and after tuning"
    lines = [
        f"# Written by: {_to_one_line(origin)}",
        f"# {_describe_rows(info)} Run it: tunecard run {_to_one_line(shlex.quote(file))}",
        f"name = {quoted(_make_slug(name))}",
        f"title = {quoted(_to_one_line(title)[:500])}",
        f"dataset = {quoted(path)}" + (" # from this file's folder" if "." in path else ""),
        "seed = 0 # of the split, the folds and the draws",
        *([] if info.split == "own" else ["test_size = 0.25 # of the rows, held out"]),
        *(['task = "regression"'] if task == "regression" else []),
        *_write_metric(info, metric),
        f"margin = {_choose_margin(info, metric)} # the smallest difference that matters",
        *(
            []
            if several == 1
            else ["timing = false # of fit and predict; or [timing] with a budget"]
        ),
        *_write_data(data, reasons, info),
        *write_split(split[0], tuple(map(_to_one_line, split[1]))),
    ]
    for recipe in chosen:
        lines += ["", *_write_model(recipe, shape)]
    budget = "30s" if info.n_train <= 5_000 else "2m"
    if several == 1:
        lines += [
            "",
            "[timing]",
            f'budget = "{budget}" # of timing, at least 3 rounds; more is sharper',
        ]
    lines += [
        "",
        "[limits]",
        "case_seconds = 1800 # a fit and a predict that take longer are ended",
        'memory = "8GiB"',
    ]
    return "\n".join(lines) + "\n"


def _make_shape(info: DatasetInfo, task: TaskName, *, is_repeated: bool) -> Shape:
    spread = sum(max(len(column.categories), 1) for column in info.columns)
    return Shape(
        n_train=info.n_train,
        n_columns=spread or info.n_features,
        smallest=min((entry.n_train for entry in info.classes), default=info.n_train),
        is_image=info.image_shape is not None,
        task=task,
        is_repeated=is_repeated,
    )


def _write_model(name: str, shape: Shape) -> Iterator[str]:
    recipe = recipes_of(shape.task)[name]
    yield "[[models]]"
    yield f"# {recipe.why}"
    yield f"name = {quoted(name)}"
    yield f"label = {quoted(recipe.label)}"
    yield f"estimator = {quoted(recipe.estimator)}"
    if recipe.params:
        yield f"params = {{ {recipe.params} }}"
    if recipe.scaled and not shape.is_image:
        yield 'preprocess = ["sklearn.preprocessing.StandardScaler"] # one scale for all'
    yield ""
    yield "[models.search]"
    first, *rest = recipe.search(shape)
    yield first
    yield f"folds = {shape.folds}"
    yield from rest


def _write_metric(info: DatasetInfo, wanted: str | None) -> Iterator[str]:
    if wanted is not None:
        yield f"metric = {quoted(wanted)}"
        return
    if info.values is not None:
        yield from _write_metric_of_values(info.values)
        return
    rarest = min(info.classes, key=lambda entry: entry.n_train)
    share = rarest.n_train * len(info.classes) / info.n_train
    if share < _RARE:
        yield f"# The class {quoted(rarest.name)} is rare: accuracy hardly reflects it."
        yield "# Macro F1 does. Others: accuracy, precision_macro, recall_macro."
        yield 'metric = "f1_macro"'
    else:
        yield "# Others: precision_macro, recall_macro, f1_macro."
        yield f'metric = "{DEFAULT}"'


def _write_metric_of_values(values: TargetInfo) -> Iterator[str]:
    skewness = values.train.skewness if values.train is not None else None
    if skewness is not None and abs(skewness) > _SKEWED:
        yield "# A few extreme values of the target decide R2 and RMSE; the mean absolute"
        yield '# error weighs them less: metric = "mean_absolute_error".'
    else:
        yield "# Others: mean_absolute_error, root_mean_squared_error."
    yield f'metric = "{default_of("regression")}"'


def _choose_margin(info: DatasetInfo, metric: str | None) -> str:
    """Return a margin that is more than one row of the test part, or 1 % of a spread."""
    if info.values is not None:
        spec = find(metric or default_of("regression"))
        spread = info.values.train.sd if info.values.train is not None else 0.0
        return f"{0.01 * spread**spec.power:.1g}" if spec is not None else "0.01"
    for margin in (0.005, 0.01, 0.02):
        if margin * info.n_test >= 2:
            return f"{margin:g}"
    return "0.05"


def _write_data(
    data: Data, reasons: Mapping[str, tuple[str, ...]], info: DatasetInfo
) -> Iterator[str]:
    settings = list(fields(data))
    if not settings:
        return
    yield ""
    yield "[data]"
    if "categorical" not in dict(settings) and any(
        c.kind == "category" for c in info.columns
    ):
        yield "# Columns of text are categories. Name columns of numbers that are codes,"
        yield '# such as postal codes: categorical = ["zip"].'
    for name, value in settings:
        for reason in reasons.get(name, ()):
            yield f"# {_to_one_line(reason)}"
        yield f"{name} = {_to_toml(value)}"


def _describe_rows(info: DatasetInfo) -> str:
    n_rows = f"{info.n_train + info.n_test:,}"
    kinds = sum(column.kind == "category" for column in info.columns)
    text = f"{n_rows} rows, {info.n_features:,} columns"
    text += f", {len(info.classes)} classes" if info.classes else ", a number to predict"
    text += f", {kinds} columns of categories" if kinds > 1 else ""
    text += f", {info.n_missing:,} missing cells" if info.n_missing else ""
    return f"{text}."


def _to_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_to_toml(item) for item in value)}]"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{quoted(str(k))} = {_to_toml(v)}" for k, v in value.items())
        return f"{{ {inside} }}"
    return str(value)


def _make_slug(name: str) -> str:
    """Return what a study may be named: ``My data.csv`` becomes ``my-data-csv``.

    Examples
    --------
    >>> _make_slug("Für_Anna 2")
    'f-r-anna-2'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-") or "study"


def _to_one_line(text: str) -> str:
    """Keep a comment a comment: no line ends, no other control characters."""
    return "".join(c if c.isprintable() else " " for c in text)
