"""A comparison for a terminal: the summary and its tables as lines."""

from tunecard.report.compare.comparison import Comparison
from tunecard.report.compare.types import CompareView
from tunecard.report.render.lines import plain, table_lines


def comparison_text(compared: Comparison) -> str:
    """Write a comparison as lines of text: what the page shows first, and its tables."""
    view: CompareView = compared.view
    # Numbers that stand on the page as well, left out to fit a terminal of 100 columns.
    narrow = ("p (Holm)", "Processor", "Noise between runs")
    tables = (
        view.setups, view.moved, view.quality, view.times_refused, view.times,
        view.differences, view.gates,
    )  # fmt: skip
    head = [plain(view.summary), plain(view.pairing)]
    if compared.compared.seed_note:
        head.append(plain(compared.compared.seed_note))
    blocks = ["\n".join(head) + "\n"]
    for table in tables:
        if table is not None:
            note = f"{plain(table.note)}\n" if table.note else ""
            blocks.append(table_lines(table, leave_out=narrow) + note)
    return "\n".join(blocks) + "\n"
