"""How a first study holds rows out: by groups that belong together, once or ten times."""

from collections.abc import Iterator

from tunecard.runner.datasets import quoted
from tunecard.runner.schema import Data, DatasetInfo, SplitSpec

#: Rows of a table below which one holdout seldom decides: ten are drawn, without timing.
SMALL_TABLE = 2_000
#: Groups below which none are split off: a test part of a quarter would hold too few.
_FEWEST_GROUPS = 10


def choose_split(info: DatasetInfo, data: Data) -> tuple[SplitSpec, Data, tuple[str, ...]]:
    """Decide how rows are held out.

    Parameters
    ----------
    info : DatasetInfo
        Of the data as it is read so far.
    data : Data
        How it is read.

    Returns
    -------
    split : SplitSpec
    data : Data
        As given; a column that groups rows is no longer left out, but used.
    sentences : tuple of str
        What was decided, and what else could be.
    """
    if info.split == "own":
        return SplitSpec(), data, ()
    fields: dict[str, object] = {}
    sentences: list[str] = []
    groups = [column for column in info.repeated if column.n_values >= _FEWEST_GROUPS]
    if groups:
        column = groups[0]
        fields["groups"] = column.column
        data = data.model_copy(
            update={"drop": tuple(name for name in data.drop if name != column.column)}
        )
        sentences.append(
            f"Rows with one value of {quoted(column.column)} stay on one side of each "
            f"split ({column.n_values:,} values in {column.n_rows:,} rows). If the rows "
            "are independent, take groups out of [split]."
        )
    if info.ordered is not None:
        sentences.append(
            f"The rows are sorted by {quoted(info.ordered)}. If later rows are to be "
            f"predicted from earlier ones, use order = {quoted(info.ordered)} in [split]."
        )
    n_rows = info.n_train + info.n_test
    if n_rows < SMALL_TABLE:
        fields["kind"] = "repeated"
        sentences.append(
            f"With {n_rows:,} rows one holdout seldom decides: ten are drawn, each with a "
            "search of its own, and nothing is timed."
        )
    return SplitSpec.model_validate(fields), data, tuple(sentences)


def write_split(split: SplitSpec, sentences: tuple[str, ...]) -> Iterator[str]:
    """Write the table ``[split]`` of a study, with the reasons as comments."""
    if split == SplitSpec() and not sentences:
        return
    yield ""
    yield from (f"# {sentence}" for sentence in sentences)
    if split == SplitSpec():
        return
    yield "[split]"
    if split.kind == "repeated":
        yield 'kind = "repeated" # or "holdout" (one), or "cv" with folds'
        yield f"repeats = {split.n_outer}"
    if split.groups is not None:
        yield f"groups = {quoted(str(split.groups))}"
