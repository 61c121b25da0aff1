"""What stands between a table and a model: values for gaps, 0 and 1 for categories."""

from typing import Any

from tunecard.runner.schema import Encoding


def encoder(encoding: Encoding) -> Any:
    """Make the transformer that turns a table's rows into numbers without gaps.

    Parameters
    ----------
    encoding : Encoding
        Which columns are numbers and which are categories.

    Returns
    -------
    transformer
        Not fitted: it learns medians and categories from the rows that the
        model is fitted on, and from no others. A missing number becomes the
        median; a category becomes a column of 0 and 1, "missing" being one of
        its own; a category that the fitted rows lack becomes zeros.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    # A fold may lack every value of a column: its width must not depend on that.
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    if not encoding.categories:
        return imputer
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype="float32")
    numbers = imputer if encoding.missing else "passthrough"
    return ColumnTransformer(
        [
            ("numbers", numbers, list(encoding.numbers)),
            ("categories", one_hot, list(encoding.categories)),
        ]
    )


def imports(encoding: Encoding) -> tuple[str, ...]:
    """Return the Python lines that import what `encoder` uses."""
    lines = ["from sklearn.impute import SimpleImputer"] if encoding.missing else []
    if encoding.categories:
        lines.insert(0, "from sklearn.compose import ColumnTransformer")
        lines.append("from sklearn.preprocessing import OneHotEncoder")
    return tuple(lines)
