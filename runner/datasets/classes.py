"""What a study calls its classes: names to show, and the positive one of two."""

from tunecard.runner.datasets.values import closest
from tunecard.runner.errors import StudyError
from tunecard.runner.schema import Data


def named(labels: tuple[str, ...], data: Data, title: str) -> tuple[str, ...]:
    """Give the classes the names that the study has for them.

    Parameters
    ----------
    labels : tuple of str
        As the data writes them.
    data : Data
        ``class_names`` maps labels to names.
    title : str
        Name of the data in an error.

    Raises
    ------
    StudyError
        If a label does not occur, or two classes would have one name.
    """
    for label in data.class_names:
        if label not in labels:
            raise StudyError(
                f'data.class_names names "{label}", which is not a class of {title}. '
                f"{_list_names(labels, label)}"
            )
    names = tuple(data.class_names.get(label, label) for label in labels)
    for name in names:
        if names.count(name) > 1:
            raise StudyError(f'data.class_names calls two classes of {title} "{name}".')
    return names


def positive_of(names: tuple[str, ...], data: Data, title: str) -> str | None:
    """Return the name of the positive class, where the study has one.

    Parameters
    ----------
    names : tuple of str
        From `named`.
    data : Data
        ``positive`` is a class, as the data writes it or as `named` does.
    title : str
        Name of the data in an error.

    Raises
    ------
    StudyError
        If the class does not exist, or there are not two classes.
    """
    if data.positive is None:
        return None
    if len(names) != 2:
        raise StudyError(
            f'data.positive = "{data.positive}" is for data of two classes; {title} has '
            f"{len(names)}. Take it out: the page shows each class by itself."
        )
    name = data.class_names.get(data.positive, data.positive)
    if name == "1" and set(names) == {"False", "True"}:
        name = "True"  # equal to 1, as in scikit-learn
    if name not in names:
        raise StudyError(
            f'data.positive = "{data.positive}" is not a class of {title}. '
            f"{_list_names(names, data.positive)}"
        )
    return name


def _list_names(names: tuple[str, ...], wrong: str, most: int = 30) -> str:
    close = closest(wrong, names)
    guess = f'Did you mean "{close}"? ' if close else ""
    shown = ", ".join(f'"{name}"' for name in names[:most])
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{guess}There are {shown}{more}."
