"""TC001: the best candidate lies on the edge of its space."""

from tests.builders import KNN
from tests.findings import only
from tunecard.runner.schema import GridSearch


def test_tc001_best_on_the_edge() -> None:
    """The chosen value, the end and the space are named."""
    space = {"n_neighbors": (3, 5, 7), "weights": ("uniform",)}
    spec = KNN.model_copy(update={"search": GridSearch(strategy="grid", space=space)})
    finding = only("TC001", models=(spec,), search={"knn": {"best": 1}})
    assert finding.evidence == (
        "The search for k-nearest neighbors chose n_neighbors = 3, at the lower end of "
        "3 to 7."
    )
    assert (finding.severity, finding.model, finding.anchor) == ("tip", "knn", "search")
