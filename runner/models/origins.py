"""Where a study's classes come from: what is installed, and files of the user's own."""

import hashlib
import sys
from importlib import metadata
from pathlib import Path

from tunecard.runner.models.estimators import build, within
from tunecard.runner.schema import Study

_INSTALLED = {"site-packages", "dist-packages"}


def distributions(study: Study) -> tuple[str, ...]:
    """Name the distributions that a study's classes are from, other than scikit-learn.

    Parameters
    ----------
    study : Study
        Checked: its classes can be imported.
    """
    tops = {
        module.partition(".")[0]
        for module, file in _files(study).items()
        if _INSTALLED & set(file.parts)
    } - {"sklearn"}
    if not tops:
        return ()
    packages = metadata.packages_distributions()
    return tuple(sorted({name for top in tops for name in packages.get(top, ())}))


def own_code(study: Study) -> dict[str, str]:
    """Return the content of the modules that are not installed but a user's files.

    Parameters
    ----------
    study : Study
        Checked.

    Returns
    -------
    dict of str to str
        The beginning of the file's SHA-256 for each ``code of <module>``.
    """
    return {
        f"code of {module}": hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        for module, file in sorted(_files(study).items())
        if not _INSTALLED & set(file.parts)
    }


def _files(study: Study) -> dict[str, Path]:
    """Return the files of the modules that define the classes of a study's estimators."""
    modules = {
        type(part).__module__
        for spec in study.models
        for case in spec.estimators
        for part in within(build(case, {}, study.seed))
    }
    # A script's own classes travel by value, and are part of the study; a module of a
    # zip archive has no file.
    paths = {name: getattr(sys.modules.get(name), "__file__", None) for name in modules}
    return {
        name: Path(file)
        for name, file in paths.items()
        if file is not None and name != "__main__" and Path(file).is_file()
    }
