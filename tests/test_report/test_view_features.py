"""The data's facts: what is told of a table's columns, and where nothing is."""

from tests.builders import make_run
from tunecard.report.view.features import feature_facts
from tunecard.runner.schema import ColumnInfo


def told(**dataset: object) -> dict[str, str]:
    """Return the facts of a run's data by name."""
    return {
        fact.term: fact.text
        for fact in feature_facts(make_run(dataset=dataset).results.dataset)
    }


def test_data_without_columns_has_no_facts() -> None:
    """Pictures and plain numbers are told as before."""
    assert told() == {}


def test_categories_and_gaps_are_told_with_their_encoding() -> None:
    """Names, counts and how a model gets them stand together."""
    columns = (
        ColumnInfo(name="age", n_missing=3),
        ColumnInfo(name="town", kind="category", n_missing=1, categories=("A", "B")),
        ColumnInfo(name="one", constant=True),
    )
    facts = told(columns=columns, n_missing=4, target="ill", dropped=("id",))
    assert facts["Target"] == "ill"
    assert facts["Categorical columns"] == (
        "town; one-hot encoded, one column for each of their 2 values"
    )
    assert facts["Missing cells"] == "4, in age and town"
    assert "training rows only" in facts["Encoding"]
    assert facts["Constant columns"] == "one"
    assert facts["Columns left out"] == "id"


def test_names_of_several_words_stand_in_quotes() -> None:
    """A column called ``is ok`` is no sentence."""
    columns = (
        ColumnInfo(name="is ok", kind="category", categories=("A", "B")),
        ColumnInfo(name="größe_2", kind="category", categories=("A",)),
    )
    text = told(columns=columns)["Categorical columns"]
    assert text.startswith('"is ok" and größe_2; ')


def test_many_names_are_cut() -> None:
    """A table of hundreds of columns does not fill the page."""
    columns = tuple(ColumnInfo(name=f"c{i}", n_missing=1) for i in range(100))
    assert told(columns=columns, n_missing=100)["Missing cells"].endswith("c11 and 88 more")
