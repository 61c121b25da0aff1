"""scikit-learn's embedded digits: 1,797 real images that need no download."""

from pathlib import Path

import numpy as np

from tunecard.runner.datasets.values import DataPart, DatasetEntry, Places, Request, Whole


def load_digits(_request: Request) -> Whole:
    """Read the digits: pixels 0..16 scaled to [0, 1], images of 8 x 8 pixels."""
    from sklearn import datasets  # takes a second, which a listing can save

    bunch = datasets.load_digits()
    return Whole(
        source="scikit-learn's embedded data",
        image_shape=(8, 8),
        class_names=tuple(str(name) for name in bunch.target_names),
        train=DataPart(
            X=np.ascontiguousarray(bunch.data / 16, dtype=np.float32),
            y=bunch.target.astype(np.int64),
        ),
        test=None,
    )


def _locate(_data_dir: Path | None, _places: Places) -> str:
    return "embedded in scikit-learn"


DIGITS = DatasetEntry(
    name="digits",
    title="scikit-learn's digits",
    shape="1,797 images of 8 x 8 pixels, 10 classes, split by seed",
    load=load_digits,
    where=_locate,
)
