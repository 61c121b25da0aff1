"""A download as whoever watches hears of it."""

from tunecard.runner.progress import Download


class Heard:
    """A watcher that keeps what it hears."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, int]] = []

    def stage(self, name: str, total: int) -> None:
        """Keep the stage."""
        self.told.append(("stage", name, total))

    def step(self, text: str) -> None:
        """Keep the step."""
        self.told.append(("step", text, 1))

    def notice(self, text: str) -> None:
        """Keep the notice."""
        self.told.append(("notice", text, 1))


def test_a_download_is_ten_steps_whatever_arrives_at_once() -> None:
    """Its stage has as many steps as it was begun with; the stage around it goes on."""
    heard = Heard()
    arrived = Download(heard, within="data")
    for n_bytes in (10, 260_000, 270_000, 1_000_000, 1_000_000):
        arrived(n_bytes, 1_000_000)
    assert heard.told == [
        ("stage", "download", 10),
        *[("step", "0.3 of 1.0 MB", 1)] * 2,
        *[("step", "1.0 of 1.0 MB", 1)] * 8,
        ("stage", "data", 1),
    ]


def test_another_remote_begins_anew() -> None:
    """What the next remote sends is another total, and another stage."""
    heard = Heard()
    arrived = Download(heard, within="data")
    arrived(500_000, 1_000_000)
    arrived(2_000_000, 2_000_000)
    assert [told for told in heard.told if told[0] == "stage"] == [
        ("stage", "download", 10),
        ("stage", "download", 10),
        ("stage", "data", 1),
    ]


def test_without_a_known_end_it_is_told_now_and_then() -> None:
    """Every ten megabytes, a line."""
    heard = Heard()
    arrived = Download(heard, within="data")
    for n_bytes in range(0, 25_000_001, 1_000_000):
        arrived(n_bytes, None)
    assert heard.told == [
        ("notice", "download: 10 MB have arrived", 1),
        ("notice", "download: 20 MB have arrived", 1),
    ]
