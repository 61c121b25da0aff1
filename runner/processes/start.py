"""Starts a module of this package in a new process.

As ``python -P start.py MODULE FOLDER PARENT``, where PARENT is the id of who starts it.

A file and not ``-m``, which needs this package on the process's path: PYTHONPATH
comes before the standard library, and would put there whatever lies beside this
package. Here the package is taken from where this file is, the path is left alone,
and another package of the same name on it does no harm.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

# Not resolved: in a clone the packages below `tunecard` are links to their folders.
HERE = Path(__file__).absolute().parents[2]


def take_package(folder: Path) -> ModuleType:
    """Import the package in a folder by its place, whatever else bears its name.

    Parameters
    ----------
    folder : Path
        The package's own; its name is the package's.
    """
    spec = importlib.util.spec_from_file_location(
        folder.name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None  # a .py file always has a loader
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[folder.name] = package
    spec.loader.exec_module(package)
    return package


# Also where an estimator's own child process reads the main file again.
if HERE.name not in sys.modules:
    take_package(HERE)

if __name__ == "__main__":
    # Before the libraries are imported: an orphan has nothing left to do.
    child = importlib.import_module(f"{HERE.name}.runner.host.child")
    child.die_with(int(sys.argv[3]))
    child.guard_group()
    importlib.import_module(sys.argv[1]).main(Path(sys.argv[2]))
