"""The front door: the Python API, and the command line, made of the two packages.

The only place that calls both :mod:`runner` and :mod:`report`. They are imported late,
after `tunecard.place` has seen that they are ours.
"""

from tunecard.command_line import app, main
from tunecard.python import compare, load, run

__all__ = ["app", "compare", "load", "main", "run"]
