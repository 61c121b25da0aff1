"""The errors a user can cause or meet while measuring, and their exit codes.

::

    TunecardError               1  the base; never raised itself
    +-- InputError              2  something the user wrote is wrong
    |   +-- StudyError          2  a study file
    |   +-- DataError           2  a data file whose content is wrong
    |   +-- ContractError       2  a results.json
    |   +-- OutputError         2  a place that cannot be written
    |   +-- SourceChanged       2  code that changed during the run
    +-- PlatformUnsupported     2  measuring on Windows
    +-- LimitReached            2  processes, memory or open files
    +-- DataUnreachable         3  data that is nowhere to be had
    +-- ClusterUnreachable      3  a cluster that does not answer, or no longer
    +-- SearchFailed            5  every candidate of a search failed
    +-- EveryCaseFailed         5  a run without a single measured case

A message is one clear sentence or a few: the field, the value, what is
allowed, what to do. Only the command line prints it and exits.
"""

import errno
import os
import re
from typing import Any

#: ``errno`` of a disk that is full, a quota that is used up, a file that is too large.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


#: ``errno`` of a process that may start or open no more.
LIMITS = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)


def is_disk_full(message: str) -> bool:
    """Return whether a message is about a disk that is full.

    Examples
    --------
    >>> is_disk_full("OSError: [Errno 28] No space left on device: 'a.npy'")
    True
    >>> is_disk_full("OSError: 8192 requested and 4096 written")
    True
    """
    # NumPy reports a file's last bytes with a message of its own, without an errno.
    numpys = re.search(r"\d requested and \d+ written", message)
    return bool(numpys) or any(os.strerror(number) in message for number in NO_ROOM)


class TunecardError(Exception):
    """Base of all errors with a message meant for the user.

    Attributes
    ----------
    exit_code : int
        What the command line returns when this error ends it.
    """

    exit_code = 1


class InputError(TunecardError):
    """Something the user wrote is wrong."""

    exit_code = 2


class StudyError(InputError):
    """A study file, or a value in it, is wrong."""


class DataError(InputError):
    """Data was found, but its content is wrong."""


class ContractError(InputError):
    """A results file does not follow the contract."""


class OutputError(InputError):
    """The place for the output cannot be written."""


class SourceChanged(InputError):
    """The user's code, or a package, changed while a run was at work."""


class PlatformUnsupported(TunecardError):
    """Measuring needs what this platform does not have."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "Measuring on Windows is not supported: the workers need POSIX process groups "
            "and resource limits. Use Linux, macOS, or the Windows Subsystem for Linux. "
            "Reading a run (load, report, compare, history) works here."
        )


class LimitReached(TunecardError):
    """The machine gives a process no more processes, memory or open files."""

    exit_code = 2


class DataUnreachable(TunecardError):
    """Data is in none of the places where it was looked for."""

    exit_code = 3


class ClusterUnreachable(TunecardError):
    """A cluster does not answer, or has gone away; what was finished is kept."""

    exit_code = 3


class SearchFailed(TunecardError):
    """Every candidate of a search failed, so none of them won."""

    exit_code = 5


class EveryCaseFailed(TunecardError):
    """A run ended, but every one of its cases failed; its page is written all the same.

    Attributes
    ----------
    run : tunecard.report.run.Run
        The run, as :func:`tunecard.run` would have returned it.
    """

    exit_code = 5

    def __init__(self, message: str, run: Any) -> None:
        super().__init__(message)
        self.run = run
