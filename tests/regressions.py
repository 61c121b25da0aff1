"""Small tables and studies of regressions."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

import tunecard
from tunecard.report.run import Run


def table(n_rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """Rows of two numbers and a group, with a price that depends on them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "area": rng.uniform(30, 200, n_rows).round(1),
            "rooms": rng.integers(1, 7, n_rows),
            "house": np.arange(n_rows) // 4,
        }
    )
    noise = rng.normal(0, 10, n_rows)
    frame["price"] = (2 * frame["area"] + 15 * frame["rooms"] + noise).round(2)
    return frame


def small_run(reports: Any, **changes: Any) -> Run:
    """A run of three regressors without timing, the cheapest there is."""
    frame = table()
    settings: dict[str, Any] = {
        "models": [
            ("ridge", Ridge(alpha=1000.0), {"alpha": [0.1, 10.0, 1000.0]}),
            ("tree", DecisionTreeRegressor(random_state=0), {"max_depth": [2, 4, 6]}),
            ("knn", KNeighborsRegressor(), {"n_neighbors": [1, 3, 9]}),
        ],
        "data": frame,
        "target": "price",
        "margin": 0.02,
        "timing": False,
        "jobs": 1,
        "quiet": True,
        **changes,
    }
    return tunecard.run(reports=reports, **settings)
