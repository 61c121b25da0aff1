"""The import layers of the house, read from the source: edges only point downward."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PACKAGES = ("tunecard.runner", "tunecard.report")
PACKAGE_OF = {
    "runner": "tunecard.runner",
    "report": "tunecard.report",
    "tunecard": "tunecard",
}

# A room may import from the layers above it in this list, and from its own package.
RUNNER_LAYERS = (
    {"errors", "host", "internals", "progress"},
    {"metrics", "rows", "task"},
    {"schema", "terminal"},
    {"resampling"},
    {"splitters"},
    {"config", "datasets", "environment", "models", "outputs", "processes", "quality"},
    {"init", "inputs", "neighbors", "overrides", "store"},
    {"clock", "search"},
    {"context", "parts", "plan", "prepare"},
    {"assemble", "rerun", "source"},
    {"cases", "written"},
    {"judge", "pipeline"},
    {"session"},
    {"cli"},
)
REPORT_LAYERS = (
    {"collector", "errors", "formats", "stats"},
    {"load", "frames", "theme", "earlier"},
    {"seeds"},
    {"analyze"},
    {"findings", "conclusion", "charts", "gates", "verdicts"},
    {"view"},
    {"render"},
    {"run"},
    {"compare", "history"},
    {"cli"},
)
DOOR_LAYERS = (
    {"options", "screen"},
    {"pages"},
    {"python"},
    {"judging"},
    {"judge_command", "run_command"},
    {"command_line"},
    {"__main__"},
)


@cache
def modules(package: str) -> list[Path]:
    """Every source file of a package, without what the links in tunecard/ lead to."""
    return sorted(path for path in (ROOT / package).rglob("*.py") if not _by_link(path))


def _by_link(path: Path) -> bool:
    return path.resolve() != path


def name_of(path: Path) -> str:
    """The name that a file is imported by: all packages stand below `tunecard`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    within = parts if parts[0] == "tunecard" else ("tunecard", *parts)
    return ".".join(within).removesuffix(".__init__")


@cache
def imports(path: Path) -> set[str]:
    """Every module a file imports, also inside functions and under TYPE_CHECKING."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            found.add(module)
            if module in PACKAGES:
                found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def room(path: Path) -> str:
    """The room a file belongs to: its module, or its sub-package."""
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


def layer(layers: tuple[set[str], ...], name: str) -> int:
    """The number of a room's layer."""
    for number, rooms in enumerate(layers):
        if name in rooms:
            return number
    pytest.fail(f"room {name!r} stands in no layer; add it to {__file__}")


@pytest.mark.parametrize(
    ("package", "layers"),
    [("runner", RUNNER_LAYERS), ("report", REPORT_LAYERS), ("tunecard", DOOR_LAYERS)],
)
def test_imports_point_downward(package: str, layers: tuple[set[str], ...]) -> None:
    """A room imports only rooms of lower layers of its package."""
    wrong = []
    for path in modules(package):
        if room(path) == "__init__":
            continue
        here = layer(layers, room(path))
        for name in imports(path):
            below = name.removeprefix(f"{PACKAGE_OF[package]}.")
            first = below.split(".")[0]
            if below == name or first in {*PACKAGE_OF, "templates", room(path)}:
                continue
            there = layer(layers, first)
            if there >= here:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_modules_form_no_cycle() -> None:
    """Inside a room, too, what a module imports does not import it in turn."""
    paths = {
        name_of(path): path
        for package in ("runner", "report", "tunecard")
        for path in modules(package)
    }
    edges = {
        name: {there for there in members(path) if there in paths and there != name}
        for name, path in paths.items()
    }
    order = list(TopologicalSorter(edges).static_order())  # CycleError names one
    assert len(order) == len(paths)


@cache
def members(path: Path) -> set[str]:
    """Every module a file imports; of ``from package import module`` the module alone."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                path_of = ROOT / Path(*whole.split("."))
                is_module = path_of.is_dir() or path_of.with_suffix(".py").exists()
                found.add(whole if is_module else node.module)
    return found


def test_report_knows_only_the_contract_and_metrics() -> None:
    """The edges between the packages are report -> runner.schema and runner.metrics."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("report")
        for name in imports(path)
        if name.startswith("tunecard.runner.")
        if not name.startswith(("tunecard.runner.schema", "tunecard.runner.metrics"))
    ]
    assert wrong == []


def test_runner_does_not_know_the_report() -> None:
    """The runner never formats: it imports nothing of the report."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("runner")
        for name in imports(path)
        if name.split(".")[0] in {"jinja2", "matplotlib"}
        or (name.startswith("tunecard.") and not name.startswith("tunecard.runner"))
    ]
    assert wrong == []


def test_only_the_front_door_calls_both() -> None:
    """It imports both packages; there are no modules beside the packages."""
    found = set().union(*map(imports, modules("tunecard")))
    assert any(name.startswith("tunecard.runner") for name in found)
    assert any(name.startswith("tunecard.report") for name in found)
    assert list(ROOT.glob("*.py")) == []


def test_package_roots_import_nothing() -> None:
    """Reading a result loads no more than the contract."""
    assert imports(ROOT / "runner" / "__init__.py") == set()
    assert imports(ROOT / "report" / "__init__.py") == set()


def test_times_are_taken_by_clocks_that_nobody_can_replace() -> None:
    """The runner takes no time from the module `time`, which an estimator may change."""
    clocks = re.compile(r"\btime\.(monotonic|perf_counter|process_time)|from time import")
    elsewhere = [p for p in modules("runner") if clocks.search(p.read_text("utf-8"))]
    assert elsewhere == []


def test_rendering_never_loads_an_estimator_library() -> None:
    """Importing what renders leaves scikit-learn out of sys.modules."""
    modules = "tunecard.report.render, tunecard.report.load, tunecard.runner.schema"
    code = f"import sys, {modules}; sys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_help_loads_no_heavy_library() -> None:
    """The commands' own modules leave what they work with to be loaded by the work."""
    heavy = {"numpy", "pandas", "pydantic", "rich", "sklearn"}
    code = (
        "import sys, tunecard; tunecard.app(); "
        f"sys.exit(', '.join({heavy!r} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_nothing_is_unpickled() -> None:
    """The report reads results; it never unpickles anything, and writes to hash alone."""
    wrong = [
        path
        for path in modules("report")
        if imports(path) & {"joblib", "cloudpickle", "dill"}
        or (
            "pickle" in imports(path)
            and re.search(r"load|Unpickl", path.read_text("utf-8"))
        )
    ]
    assert wrong == []


def test_no_metric_and_no_strategy_is_asked_for_by_name() -> None:
    """Metrics and searches answer themselves what is asked of them."""
    wrong = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for package in ("runner", "report", "tunecard")
        for path in modules(package)
        for match in re.finditer(
            r"\"accuracy\"|isinstance\(.*Search", path.read_text("utf-8")
        )
        if not path.is_relative_to(ROOT / "runner" / "metrics")
    ]
    assert wrong == []


def test_files_of_simulations_hold_nothing_else() -> None:
    """They are collected for `stress` alone (conftest.py): all of their tests are that."""
    files = {
        path
        for pattern in ("test_stress_*.py", "test_*_stress.py")
        for path in (ROOT / "tests").rglob(pattern)
    }
    marked = re.compile("^pytestmark = pytest.mark.stress$", re.MULTILINE)
    assert files
    assert [path.name for path in files if not marked.search(path.read_text("utf-8"))] == []
