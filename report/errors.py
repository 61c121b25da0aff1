"""The errors a user can cause or meet while rendering, and their exit codes.

::

    ReportError                 1  the base; never raised itself
    +-- ReadError              2  what was to be read, or where to write
"""


class ReportError(Exception):
    """Base of all errors with a message meant for the user.

    Attributes
    ----------
    exit_code : int
        What the command line returns when this error ends it.
    """

    exit_code = 1


class ReadError(ReportError):
    """What was to be read is not there, or the output cannot be written."""

    exit_code = 2
