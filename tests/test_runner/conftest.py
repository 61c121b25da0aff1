"""Runs in forked processes, which need no second for their imports."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.runs import STUDY, Begin, Running, Unbroken, measure_unbroken, place_for

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def forking() -> Iterator[Begin]:
    """Begin runs in a host that forks them."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with subprocess.Popen(
        [sys.executable, HERE / "forking_host.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **one_thread},
    ) as host:
        assert host.stdin is not None
        assert host.stdout is not None
        ask, answer = host.stdin, host.stdout

        def begin(place: Path) -> Running:
            ask.write(f"{place}\n")
            ask.flush()
            process = psutil.Process(int(answer.readline()))
            return Running(process, lambda: int(answer.readline()))

        yield begin


@pytest.fixture(scope="session")
def unbroken(forking: Begin, tmp_path_factory: pytest.TempPathFactory) -> Unbroken:
    """The run that nothing disturbs."""
    return measure_unbroken(forking, place_for(tmp_path_factory.mktemp("unbroken"), STUDY))
