"""TC007: a class became worse under a better average."""

from tests.builders import KNN
from tests.findings import only


def test_tc007_a_class_got_worse() -> None:
    """Better on average, while class 3 lost recall for certain."""
    truth = [0, 1, 2, 3] * 250
    wrong = [(code + 1) % 4 for code in truth]
    first = [
        bad if code != 3 and row % 7 == 0 else code
        for row, (code, bad) in enumerate(zip(truth, wrong, strict=True))
    ]
    second = [
        bad if row % 40 == 3 else code
        for row, (code, bad) in enumerate(zip(truth, wrong, strict=True))
    ]
    finding = only(
        "TC007",
        y_true=truth,
        models=(KNN,),
        predicted={"knn/baseline": first, "knn/tuned": second},
    )
    assert finding.severity == "issue"
    assert "class 3 \N{MINUS SIGN}10.00 points" in finding.evidence
    assert finding.anchor == "classes"
