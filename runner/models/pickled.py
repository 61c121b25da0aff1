"""Estimators given in Python, pickled for the processes that measure them."""

import base64
import hashlib
import pickletools
import re
from typing import Any

from tunecard.runner.errors import StudyError
from tunecard.runner.models.estimators import one_line
from tunecard.runner.schema import EstimatorObject

#: What a pickle has that is another in every process: cloudpickle's own numbers of
#: classes, and the files that notebooks keep their cells in.
_CHANGING = re.compile(r"[0-9a-f]{32}|ipykernel_\d+/\d+\.py")


def digest(pickled: bytes) -> str:
    """Return a SHA-256 of what is pickled, the same in another process.

    Two pickles of one class of a notebook differ in numbers that have no meaning.
    """
    content = hashlib.sha256()
    for opcode, argument, _ in pickletools.genops(pickled):
        if opcode.name == "FRAME":  # a length, of what changes as well
            continue
        text = _CHANGING.sub("", argument) if isinstance(argument, str) else argument
        content.update(repr((opcode.name, text)).encode("utf-8", "backslashreplace"))
    return content.hexdigest()


def unfitted_object(estimator: Any, place: str) -> EstimatorObject:
    """Pickle a clone of an estimator.

    Raises
    ------
    StudyError
        If it cannot be cloned or pickled.
    """
    import cloudpickle
    from sklearn.base import clone

    try:
        unfitted = clone(estimator)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise StudyError(
            f"{place}: {type(estimator).__name__} cannot be cloned ({one_line(error)}). "
            "Its __init__ must only store its arguments, each under its own name."
        ) from error
    try:
        pickled = cloudpickle.dumps(unfitted)
    except Exception as error:  # an object may refuse with anything
        raise StudyError(
            f"{place}: {type(estimator).__name__} cannot be pickled ({one_line(error)}), "
            "so it cannot reach the processes that measure it. Keep no open files, locks "
            "or connections in it."
        ) from error
    content = base64.b64encode(pickled).decode("ascii")
    return EstimatorObject(sha256=digest(pickled), content=content)


def fitted_object(estimator: Any, place: str) -> EstimatorObject:
    """Pickle an estimator as it is, fitted.

    Raises
    ------
    StudyError
        If it cannot be pickled.
    """
    import cloudpickle

    try:
        pickled = cloudpickle.dumps(estimator)
    except Exception as error:  # an object may refuse with anything
        raise StudyError(
            f"{place}: {type(estimator).__name__} cannot be pickled ({one_line(error)}), "
            "so it cannot reach the processes that time it. Judge it without time=True."
        ) from error
    content = base64.b64encode(pickled).decode("ascii")
    return EstimatorObject(sha256=digest(pickled), content=content)
