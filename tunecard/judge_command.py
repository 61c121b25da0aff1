"""``tunecard judge``."""


def judge_command() -> None:
    """Judge files of predictions."""
