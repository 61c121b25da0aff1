"""``tunecard report``: rendering a run again."""

import subprocess
import sys
from pathlib import Path

from tests.builders import KNN, make_run, write_run


def test_rendering_from_the_command_line(tmp_path: Path) -> None:
    """``tunecard report`` prints the page's path alone and leaves scikit-learn unloaded."""
    folder = write_run(
        make_run(models=(KNN.model_copy(update={"search": None}),)), tmp_path / "run"
    )
    code = (
        "import sys, report.cli\n"
        "from pathlib import Path\n"
        "report.cli.report(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "sys.exit('sklearn' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(tmp_path / "out")],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.stdout.splitlines() == [str(tmp_path / "out" / "report.html")]
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
