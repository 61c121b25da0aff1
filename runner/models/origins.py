"""Where a study's classes come from: what is installed, and files of the user's own."""

import ast
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import cloudpickle

from tunecard.runner.metrics import is_path, named
from tunecard.runner.models import engines
from tunecard.runner.models.estimators import build, path_and_params, within
from tunecard.runner.schema import ModelSpec, Study

_INSTALLED = {"site-packages", "dist-packages"}
_PYTHON = Path(sysconfig.get_path("stdlib")).resolve()
_OURS = __name__.partition(".")[0]


def distributions(study: Study) -> tuple[str, ...]:
    """Name the distributions that a study works with, other than scikit-learn.

    Parameters
    ----------
    study : Study
        Checked: its classes can be imported.

    Returns
    -------
    tuple of str
        What its classes are from, and what its searches name.
    """
    of_searches = {
        name
        for spec in study.models
        if spec.search is not None
        for name in spec.search.distributions
    }
    tops = {
        module.partition(".")[0]
        for module, file in _files(study).items()
        if _INSTALLED & set(file.parts)
    } - {"sklearn"}
    packages = metadata.packages_distributions() if tops else {}
    of_classes = {name for top in tops for name in packages.get(top, ())}
    return tuple(sorted(of_classes | of_searches))


def own_code(study: Study) -> dict[str, str]:
    """Return the content of the user's own modules that the study runs.

    Parameters
    ----------
    study : Study
        Checked.

    Returns
    -------
    dict of str to str
        The beginning of the file's SHA-256 for each ``code of <file>``: of the modules
        that define estimators, of plug-ins, and of all that these import, be it inside a
        function, as far as they are not installed.
    """
    files = _closure(_named_files(study))
    code = {_shown(module, file): file.read_bytes() for module, file in files.items()}
    own = {name: named().get(name) for name in study.metric_names if not is_path(name)}
    code |= {f"metric {n}": cloudpickle.dumps(m) for n, m in own.items() if m is not None}
    return {
        f"code of {name}": sha256(content).hexdigest()[:12]
        for name, content in sorted(code.items())
    }


def source_files(study: Study) -> tuple[Path, ...]:
    """Return the files that the study's code is from, installed ones included.

    Parameters
    ----------
    study : Study
        Checked.
    """
    named_files = _named_files(study)
    return tuple({**named_files, **_closure(named_files)}.values())


def _named_files(study: Study) -> dict[str, Path]:
    return {**_files(study), **_plugins(study)}


def _closure(files: Mapping[str, Path]) -> dict[str, Path]:
    """Return the user's own files among these, and those that they import in turn."""
    pending = {name: file for name, file in files.items() if _is_own(name, file)}
    closure: dict[str, Path] = {}
    while pending:
        name, file = pending.popitem()
        closure[name] = file
        for imported in _imports(name, file):
            path = None if imported in closure else _file_of(imported)
            if path is not None and _is_own(imported, path):
                pending[imported] = path
    return closure


def _is_own(name: str, file: Path) -> bool:
    """Return whether a module is neither installed, nor Python's, nor Tunecard's."""
    if _INSTALLED & set(file.parts) or name.partition(".")[0] == _OURS:
        return False
    return _PYTHON not in file.resolve().parents


def _imports(name: str, file: Path) -> Iterator[str]:
    """Yield the names of modules that a file may import, at its top or in a function."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):  # a compiled module has no source
        return
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: 1 - node.level or None] if node.level else []
            module = ".".join([*filter(None, base), *filter(None, [node.module])])
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def _file_of(name: str) -> Path | None:
    """Return the file of a module; one that is not loaded yet stays so."""
    if name in sys.modules:
        file = getattr(sys.modules[name], "__file__", None)
        return Path(file) if file is not None and Path(file).is_file() else None
    top, *parts = name.split(".")
    try:
        spec = find_spec(top) if top else None
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        return None
    if not parts:
        return Path(spec.origin)
    folder = Path(spec.origin).parent.joinpath(*parts)
    places = (folder.with_suffix(".py"), folder / "__init__.py")
    return next((place for place in places if place.is_file()), None)


def _shown(module: str, file: Path) -> str:
    """Return a module's file as its folder shows it, such as ``package/helper.py``."""
    inside = f"/{file.name}" if file.name == "__init__.py" else file.suffix
    return module.replace(".", "/") + inside


def _plugins(study: Study) -> dict[str, Path]:
    """Return the files of the modules that a study imports besides its estimators'."""
    metrics = (name.partition(":")[0] for name in study.metric_names if is_path(name))
    paths = {name: _file_of(name) for name in (*study.plugins, *metrics)}
    return {name: path for name, path in paths.items() if path is not None}


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


def modules_of(spec: ModelSpec) -> tuple[str, ...]:
    """Return the modules that a model's estimators and transformers are imported from."""
    steps = [path_and_params(step)[0] for step in spec.preprocess]
    paths = [*map(engines.path_of, spec.estimators), *steps]
    modules = [path.rpartition(".")[0] for path in paths]
    if steps:
        modules.append("sklearn.pipeline")
    return tuple(dict.fromkeys(module for module in modules if module))
