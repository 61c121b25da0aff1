"""The clocks that times are taken by."""

import sys
import time

import pytest

from tunecard.runner.host import clocks


def test_clocks_are_pythons_own_and_stay_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """They read what Python's do, and nobody finds them who replaces those everywhere."""
    names = [name for name in vars(clocks) if name[0] != "_" and hasattr(time, name)]
    assert len(names) == 6
    theirs = {name: getattr(time, name) for name in names}
    before = {name: theirs[name]() for name in names}
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if any(value is clock for clock in theirs.values()):
                monkeypatch.setattr(module, name, lambda: 0)
    now = {name: getattr(clocks, name)() for name in names}
    monkeypatch.undo()
    for name in names:
        assert before[name] <= now[name] <= theirs[name]()
