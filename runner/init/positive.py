"""Which of two classes a first study looks for: by their names, else the rarer one."""

import re
from collections.abc import Sequence

#: Words of a class that is what one looks for, and of one that is not.
_POSITIVE = frozenset(
    (
        *("yes", "true", "positive", "positiv", "positif", "pos", "malignant", "spam"),
        *("ill", "sick", "disease", "diseased", "case", "abnormal", "fraud", "fraudulent"),
        *("churn", "churned", "default", "defaulted", "fail", "failed", "failure", "bad"),
        *("died", "dead", "present", "defect", "defective", "attack", "anomaly", "ja"),
        *("oui", "si", "krank", "infected", "recurrence", "relapse"),
    )
)
_NEGATIVE = frozenset(
    (
        *("no", "not", "non", "false", "negative", "negativ", "négatif", "neg", "benign"),
        *("ham", "well", "healthy", "control", "normal", "legit", "legitimate", "genuine"),
        *("stay", "stayed", "paid", "pass", "passed", "ok", "good", "alive", "survived"),
        *("absent", "nein", "gesund", "without", "none", "never", "un", "0"),
    )
)
#: Names that mean something only next to the other: (negative, positive).
_PAIRS = frozenset(
    (("n", "y"), ("f", "t"), ("0", "1"), ("-1", "1"), ("n", "p"), ("-", "+"))
)
_SPLIT = re.compile(r"[\W_]+")


def positive_class(names: Sequence[str], counts: Sequence[int]) -> tuple[str, str]:
    """Choose the positive class of two.

    Parameters
    ----------
    names : sequence of str
        Of the two classes.
    counts : sequence of int
        Rows of each.

    Returns
    -------
    tuple of str
        The class, and why, as the end of a sentence.

    Examples
    --------
    >>> positive_class(["negative", "positive"], [10, 90])
    ('positive', 'by its name')
    >>> positive_class(["1", "2"], [100, 50])
    ('2', 'the rarer of the two')
    >>> positive_class(["tested_negative", "other"], [10, 90])
    ('other', 'by the name of the other')
    """
    folded = [name.strip().casefold() for name in names]
    for negative, positive in ((0, 1), (1, 0)):
        if (folded[negative], folded[positive]) in _PAIRS:
            return names[positive], "by its name"
    negatives = [bool(_split_words(name) & _NEGATIVE) for name in folded]
    positives = [bool(_split_words(name) & _POSITIVE) for name in folded]
    for index, other in ((0, 1), (1, 0)):
        if negatives[other] and not negatives[index]:
            why = "by its name" if positives[index] else "by the name of the other"
            return names[index], why
    for index, other in ((0, 1), (1, 0)):
        if positives[index] and not positives[other] and not negatives[index]:
            return names[index], "by its name"
    if counts[0] == counts[1]:
        return max(names), "both have as many rows"
    return names[counts[1] < counts[0]], "the rarer of the two"


def _split_words(name: str) -> frozenset[str]:
    return frozenset(_SPLIT.split(name))
