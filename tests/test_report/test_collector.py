"""The garbage collector's pace while a page is made."""

import gc

import pytest

from tunecard.report import collector


def test_the_pace_comes_back_after_an_error() -> None:
    """Slower inside, as before outside."""
    before = gc.get_threshold()

    def made() -> None:
        with collector.relaxed_gc():
            assert gc.get_threshold()[0] > before[0]
            raise ValueError("it stopped")

    with pytest.raises(ValueError, match="it stopped"):
        made()
    assert gc.get_threshold() == before
