"""search.parquet: what the candidates of each search answered out of fold.

The file has a row group for each search that kept its outputs, in the order of the
results, and a record for each row of each fold that candidates were scored on:

``model``, ``seed``
    The search: the model's name, and the seed.
``fold``
    Number of the fold, from 0, whose candidates were not fitted on the row.
``row``
    Position of the row in the training part, from 0. A row that is in no fold has no
    record; one that is scored on several folds has a record of each.
``y_true``
    Its class code: position in the classes of the results; of a regression its value.
``labels:<i>``, ``probabilities:<i>``, ``scores:<i>``, ``values:<i>``
    What candidate number i of the search (0 is the baseline) answered: a class code in the
    smallest type of integer; or a list of float32, or of float16, one for each class;
    decision scores of two classes are single numbers, higher for the second. Null where
    the candidate failed, was scored on other rows of the fold (halving), or does not exist
    in this search.

The key ``tunecard`` of the file's metadata holds JSON: ``classes``, their names by code,
and ``searches``, a list of ``{"model", "seed", "n_candidates"}`` by row group.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.schema import write_file
from tunecard.runner.task import Codes

Kind: TypeAlias = Literal["labels", "probabilities", "scores", "values"]
METADATA = b"tunecard"


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """What the candidates of one search answered for rows that they were not fitted on.

    Attributes
    ----------
    kind : str
        ``labels`` (positions among the classes of the search's rows), ``probabilities``,
        ``scores`` or ``values``.
    fold, row : ndarray of int, shape (n_records,)
        Number of the fold, and position of the row in the training part.
    answers : tuple of ndarray, shape (n_records,) or (n_records, n_classes), or None
        A candidate each, the baseline first; None where it has none at all.
    answered : tuple of ndarray of bool, shape (n_records,)
        Where they are.
    """

    kind: Kind
    fold: NDArray[np.integer[Any]]
    row: NDArray[np.integer[Any]]
    answers: tuple[NDArray[Any] | None, ...]
    answered: tuple[NDArray[np.bool_], ...]


@dataclass(frozen=True, eq=False)
class SearchOutputs:
    """The outputs of a search with what names them.

    Attributes
    ----------
    model : str
    seed : int
    y_true : ndarray of int64 or float64, shape (n_train,)
        Class codes of the training rows, or their values.
    codes : ndarray of int64
        The class code of each class among the search's rows; empty of a regression.
    outputs : OutOfFold
    """

    model: str
    seed: int
    y_true: NDArray[Any]
    codes: Codes
    outputs: OutOfFold


def write_out_of_fold(
    path: Path, searches: Sequence[SearchOutputs], classes: Sequence[str]
) -> None:
    """Write the outputs of all searches of a run.

    Parameters
    ----------
    path : Path
        The file.
    searches : sequence of SearchOutputs
        At least one.
    classes : sequence of str
        The names of the classes, by code; none of a regression.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import pyarrow.parquet as pq

    schema = _schema(searches, classes)
    buffer = io.BytesIO()
    with pq.ParquetWriter(
        buffer, schema, compression="zstd", write_page_checksum=True
    ) as writer:
        for search in searches:
            table = _table(search, schema)
            writer.write_table(table, row_group_size=max(len(table), 1))
    write_file(path, buffer.getvalue())


def _schema(searches: Sequence[SearchOutputs], classes: Sequence[str]) -> Any:
    import pyarrow as pa

    code = pa.from_numpy_dtype(np.min_scalar_type(max(len(classes) - 1, 0)))
    made = [
        answers
        for search in searches
        for answers in search.outputs.answers
        if answers is not None
    ]
    kind, answer = searches[0].outputs.kind, code
    if kind != "labels":
        answer = pa.from_numpy_dtype(np.result_type(*{each.dtype for each in made}))
    if made[0].ndim == 2:
        answer = pa.list_(answer, len(classes))
    most = max(len(search.outputs.answers) for search in searches)
    named = {
        "classes": list(classes),
        "searches": [
            {"model": s.model, "seed": s.seed, "n_candidates": len(s.outputs.answers)}
            for s in searches
        ],
    }
    return pa.schema(
        [
            ("model", pa.dictionary(pa.int32(), pa.string())),
            ("seed", pa.int64()),
            ("fold", pa.uint16()),
            ("row", pa.uint32()),
            ("y_true", pa.float64() if kind == "values" else code),
            *((f"{kind}:{number}", answer) for number in range(most)),
        ],
        metadata={METADATA: json.dumps(named)},
    )


def _table(search: SearchOutputs, schema: Any) -> Any:
    import pyarrow as pa

    outputs = search.outputs
    n_records = len(outputs.row)
    columns = [
        pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(n_records, np.int32)), [search.model]
        ),
        pa.array(np.full(n_records, search.seed, np.int64)),
        pa.array(outputs.fold.astype(np.uint16)),
        pa.array(outputs.row.astype(np.uint32)),
        pa.array(search.y_true[outputs.row], schema.field("y_true").type),
    ]
    n_names = len(columns)
    for position in range(n_names, len(schema)):
        kind, number = schema.field(position).type, position - n_names
        answers = outputs.answers[number] if number < len(outputs.answers) else None
        if answers is None:
            columns.append(pa.nulls(n_records, kind))
            continue
        missing = ~outputs.answered[number]
        columns.append(_column(_by_code(answers, search, kind), missing, kind))
    return pa.Table.from_arrays(columns, schema=schema)


def _by_code(answers: NDArray[Any], search: SearchOutputs, kind: Any) -> NDArray[Any]:
    """Arrange answers by class code, of which a search's rows may lack some."""
    if search.outputs.kind == "labels":
        codes: NDArray[Any] = search.codes[answers]
        return codes
    if answers.ndim == 1 or answers.shape[1] == kind.list_size:
        return answers
    every = np.zeros((len(answers), kind.list_size), dtype=answers.dtype)
    every[:, search.codes] = answers
    return every


def _column(answers: NDArray[Any], missing: NDArray[np.bool_], kind: Any) -> Any:
    """Make a column, of lists where each record has several numbers."""
    import pyarrow as pa

    if answers.ndim == 1:
        return pa.array(answers.astype(kind.to_pandas_dtype()), kind, mask=missing)
    numbers = answers.astype(kind.value_type.to_pandas_dtype()).ravel()
    return pa.FixedSizeListArray.from_arrays(
        pa.array(numbers, kind.value_type), type=kind, mask=pa.array(missing)
    )
