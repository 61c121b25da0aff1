"""What a user named: a study, and where its data may come from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from tunecard.runner import config, datasets
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import StudyError
from tunecard.runner.overrides import Overrides
from tunecard.runner.prepare import DATA_STAGE, prepare
from tunecard.runner.progress import Download, Progress
from tunecard.runner.schema import Study


@dataclass(frozen=True)
class Source:
    """A study as it was named, and where its data may come from.

    Parameters
    ----------
    study : str, Study or None
        A shipped study, a file, or a study made in Python; None for MNIST,
        falling back to digits.
    data_dir : Path or None
        The user's data folder.
    offline : bool
        Whether to leave the network alone.
    overrides : Overrides or None
        Models and data from Python, in place of the study's own.

    Raises
    ------
    StudyError
        If a path of these is not text.
    """

    study: str | Study | None
    data_dir: Path | None
    _: KW_ONLY
    offline: bool
    overrides: Overrides | None = None

    def __post_init__(self) -> None:
        check_paths(
            {
                "study": Path(self.study) if isinstance(self.study, str) else None,
                "--data-dir": self.data_dir,
            }
        )

    def ready(
        self,
        *,
        quick: bool,
        progress: Progress,
        on: Sequence[str] = (),
        begin: Callable[[Study], object] = lambda _: None,
    ) -> tuple[Study, Dataset]:
        """Choose and check the study and load its data.

        Parameters
        ----------
        quick : bool
            Whether to take a subset of MNIST.
        progress : Progress
            Progress reporter.
        on : sequence of str
            Engines that every model runs on, in place of those the study names.
        begin : callable
            As in :func:`tunecard.runner.prepare.prepare`.

        Returns
        -------
        Study, Dataset
            The effective study and its data.

        Raises
        ------
        TunecardError
            If the study is wrong, or its data is out of reach.
        """

        def load(effective: Study, fallback_reason: str | None) -> Dataset:
            return self.load(
                effective,
                fallback_reason,
                notice=progress.notice,
                arrived=Download(progress, within=DATA_STAGE),
            )

        def change(named: Study | None) -> Study:
            assert self.overrides is not None  # it is asked for only then
            return self.overrides.apply_to(named, self._base)

        return prepare(
            self.study,
            quick=quick,
            load=load,
            progress=progress,
            change=change if self.overrides is not None else None,
            on=on,
            begin=begin,
        )

    def load(
        self,
        study: Study,
        fallback_reason: str | None,
        *,
        notice: Callable[[str], None],
        arrived: Callable[[int, int | None], None] | None = None,
        repetition: int | None = None,
    ) -> Dataset:
        """Load the data of an effective study as its seed splits it.

        Parameters
        ----------
        study : Study
            The effective study.
        fallback_reason : str or None
            Why this data stands in for what was asked for.
        notice : callable
            Receives sentences for the user.
        arrived : callable or None
            Receives how many bytes of how many have come.
        repetition : int or None
            The seed of the repetition; None for the first.
        """
        seed, number = study.seed, 0
        if repetition is not None and study.split.n_outer > 1:
            number = study.all_seeds.index(repetition)
        elif repetition is not None:
            seed = repetition
        return datasets.load(
            study.dataset,
            seed=seed,
            split=study.split,
            number=number,
            test_size=study.test_size,
            subset=study.subset,
            data_dir=self.data_dir,
            offline=self.offline,
            notice=notice,
            fallback_reason=fallback_reason,
            progress=arrived,
            data=study.data,
            task=study.task,
            base=self._base,
            entry=self.overrides.entry if self.overrides is not None else None,
            splits=self.overrides.splits if self.overrides is not None else None,
        )

    @property
    def _base(self) -> Path:
        """The folder that the study's relative paths start from: its own."""
        if isinstance(self.study, str) and self.study not in config.shipped():
            return Path(self.study).parent
        return Path()


def check_paths(named: Mapping[str, Path | None]) -> None:
    """Refuse paths that are not text: jobs and results are, and could not name them.

    Raises
    ------
    StudyError
        With the path, by the name that the user gave it.
    """
    for what, path in named.items():
        try:
            str(path.absolute() if path else "").encode("utf-8")
        except UnicodeEncodeError as error:
            raise StudyError(
                f"{what} {str(path)!a}: its path holds bytes that are not UTF-8 text. "
                "Rename it, or work in another folder."
            ) from error
