"""A run whose cluster goes away, through the command: told, kept, gone on with here."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.command import Ended, start, tunecard
from tests.dask_cluster import Processes, dask_cluster
from tunecard.runner.schema import RESULTS, load

pytestmark = pytest.mark.skipif(
    find_spec("distributed") is None, reason="needs the extra 'cluster'"
)

STUDY = """
name = "tiny"
title = "Tiny"
dataset = "digits"
[subset]
train = 200
test = 60
[[models]]
name = "forest"
estimator = "sklearn.ensemble.RandomForestClassifier"
params = { n_estimators = 30 }
[models.search]
strategy = "grid"
folds = 5
space = { max_depth = [4, 8, 12, 16], min_samples_leaf = [1, 2, 4] }
[timing]
budget = "0.001s"
"""


def run_until_the_scheduler_dies(folder: Path, running: Processes) -> Ended:
    """Start the run on the cluster and kill the scheduler at the third piece of work."""
    where = "--backend", "dask", "--scheduler", running.address
    process = start(folder, "run", "study.toml", *where)
    assert process.stderr is not None
    seen = ""
    while "search: forest [3/" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    running.kill_scheduler()
    out, err = process.communicate(timeout=120)
    return Ended(process.returncode, out, seen + err)


@pytest.mark.stress  # a cluster of its own, and a whole run
def test_a_run_goes_on_here_when_its_cluster_is_gone(tmp_path: Path) -> None:
    """Exit code 3 and one sentence; then the same command, without a cluster, ends well."""
    folder = tmp_path / "working"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, "utf-8")
    with dask_cluster(tmp_path, workers=2) as running:
        lost = run_until_the_scheduler_dies(folder, running)
    assert lost.code == 3
    assert "Traceback" not in lost.err
    assert "the scheduler went away. What was finished is kept" in lost.err.splitlines()[-1]
    here = tunecard(folder, "run", "study.toml")
    assert here.code == 0, here.err
    assert ": resumes. Kept: " in here.err
    results = load((folder / here.out.strip()).with_name(RESULTS))
    [search] = results.searches
    assert search.cluster is not None
    assert 0 < search.cluster.share < 1
    assert "of a Dask cluster and the rest on this machine" in (
        (folder / here.out.strip()).read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")
    )
