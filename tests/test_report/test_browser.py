"""The page in a browser: what a reader, a keyboard, a printer and axe-core meet."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from tests.pages import SAMPLES, compare_page, page_files
from tests.test_report.conftest import Open

WIDTHS = (320, 390, 768, 1440)
#: Content of a sheet in CSS pixels: its width less the margins of print.css.
SHEETS = {"A4": round((210 - 28) / 25.4 * 96), "Letter": round((215.9 - 28) / 25.4 * 96)}
NUMBER = re.compile(r"\d[\d\u202f.,:]*")
OPEN_FOLDS = "document.querySelectorAll('details').forEach(fold => { fold.open = true; })"
NO_SIDEWAYS = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > room + 1 && !e.closest('[data-scrolls]'))
    .map(e => `${e.tagName}.${e.className.baseVal ?? e.className}#${e.id}`).slice(0, 5)
    .concat(`${document.documentElement.scrollWidth} > ${room}`);
}"""


class Pages(dict[str, Path]):
    """The page of each run, and the committed samples, by name: written when asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__({path.parent.name: path for path in SAMPLES})
        self._folder = folder

    def __missing__(self, name: str) -> Path:
        text = compare_page() if name == "compare" else page_files(name)["report.html"]
        self[name] = self._folder / f"{name}.html"
        self[name].write_text(text, "utf-8")
        return self[name]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Give the page of each run, and the committed samples, by name."""
    return Pages(tmp_path_factory.mktemp("pages"))


#: The page with everything on it is looked at every time; on CI those that have what it
#: has not: failures, a hundred classes, values, two runs, and the samples.
#: A committed page of real data, with pictures; the others have no part that it lacks.
LARGE = [pytest.param("sample-digits", marks=pytest.mark.slow)]
OTHERS = [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("failed", "many classes", "regression", "compare")
]
every_page = pytest.mark.parametrize("name", ["whole", *OTHERS, *LARGE])
made_page = pytest.mark.parametrize("name", ["whole", *OTHERS])
#: Both sheets of the page with everything on it, one of a sample.
printed = pytest.mark.parametrize(
    ("name", "sheet"),
    [
        pytest.param(*pair, marks=pytest.mark.slow)
        for pair in (
            ("whole", "A4"),
            ("whole", "Letter"),
            ("sample-digits", "A4"),
        )
    ],
)


def few(*names: str) -> list[Any]:
    """Pages for what takes seconds a page, on CI."""
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


@every_page
def test_nothing_is_requested_and_nothing_complains(
    browser: Browser, files: Mapping[str, Path], name: str
) -> None:
    """The file is the only request, and the console stays empty, policy included."""
    said: list[str] = []
    asked: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    def note(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    context.route("**/*", note)
    page.goto(files[name].as_uri())
    page.evaluate(OPEN_FOLDS)
    page.wait_for_load_state("networkidle")
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [files[name].as_uri()]


@every_page
def test_nothing_scrolls_sideways(open_page: Open, name: str) -> None:
    """The page fits windows of every width, folds closed and open; only boxes scroll."""
    page = open_page(name)
    wide = {}
    for folds in ("closed", "open"):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide[folds, width] = page.evaluate(NO_SIDEWAYS)
        page.evaluate(OPEN_FOLDS)
    assert [key for key, found in wide.items() if found] == []


def test_the_decision_stands_in_the_first_screen(open_page: Open) -> None:
    """On a laptop of 1280 x 800: verdicts, metrics and costs; the findings follow them."""
    page = open_page("sample", 1280)
    lowest = page.evaluate("""() => [...document.querySelectorAll(
      '.verdict, .verdict .costs'
    )].map(e => e.getBoundingClientRect().bottom)""")
    assert len(lowest) == 4
    assert max(lowest) <= 800


@made_page
def test_without_javascript_every_number_is_shown(open_page: Open, name: str) -> None:
    """The same words but for buttons, and each number visible, with scripts or not."""
    texts, numbers = [], []
    for scripts in (True, False):
        page = open_page(name, java_script_enabled=scripts)
        page.evaluate(OPEN_FOLDS)
        page.evaluate(
            "() => document.querySelectorAll('.table-tools').forEach(e => e.remove())"
        )
        texts.append(page.locator("body").evaluate("b => b.textContent"))
        numbers.append(Counter(NUMBER.findall(page.locator("main").inner_text())))
    assert texts[0] == texts[1]
    assert numbers[0] == numbers[1]
    assert numbers[0].total() > 50


def test_folds_open_without_javascript(open_page: Open) -> None:
    """A reader without scripts opens what is folded by a click."""
    page = open_page("whole", java_script_enabled=False)
    fold = page.locator("details", has_text="How to read this").first
    hidden = fold.locator("p").first
    assert not hidden.is_visible()
    fold.locator("summary").click()
    assert hidden.is_visible()


@pytest.mark.parametrize("name", [*few("whole", "failed", "compare", "regression"), *LARGE])
def test_nothing_is_clipped_on_paper(open_page: Open, name: str) -> None:
    """On a sheet nothing is wider than it, nothing scrolls, everything is unfolded."""
    page = open_page(name, java_script_enabled=False)
    page.emulate_media(media="print")
    for width in SHEETS.values():
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(CLIPPED) == []


CLIPPED = """() => {
  const room = document.documentElement.clientWidth, found = [];
  for (const e of document.body.querySelectorAll('*')) {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const name = `${e.tagName} ${e.id} ${e.textContent.slice(0, 40)}`;
    if (style.display === 'none' || e.closest('.unseen')) continue;
    if (box.width && box.right > room + 1 && !e.closest('svg')) found.push(name);
    if (/auto|scroll|hidden/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1
        && !e.closest('svg')) found.push('cut: ' + name);
    if (e.matches('details > :not(summary)') && e.textContent.trim() && !box.height)
      found.push('folded: ' + name);
  }
  return found.slice(0, 8);
}"""


@printed
def test_pdf_holds_all_and_cuts_no_figure(
    open_page: Open, tmp_path: Path, name: str, sheet: str
) -> None:
    """Each number of the page is in the PDF, each figure whole on one of its pages."""
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("no pdftotext on the PATH (Debian: apt-get install poppler-utils)")
    page = open_page(name, java_script_enabled=False)
    page.evaluate(OPEN_FOLDS)
    # What only a screen reader says is not printed.
    page.evaluate("document.querySelectorAll('.unseen').forEach(e => { e.hidden = true; })")
    shown = page.locator("main").inner_text()
    # Words at the two ends of each drawing, to be found on one page of the PDF.
    figures = page.evaluate("""() => {
      const drawings = [...document.querySelectorAll('.chart svg')]
        .filter(svg => svg.getClientRects().length);
      drawings.forEach((svg, i) => {
        const box = svg.viewBox.baseVal;
        [['top', box.y + 12], ['end', box.y + box.height - 2]].forEach(([end, y]) => {
          const text = document.createElementNS(svg.namespaceURI, 'text');
          text.setAttribute('x', box.x + 2);
          text.setAttribute('y', y);
          text.setAttribute('font-size', 10);
          text.textContent = `zz${end}${i}zz`;
          svg.append(text);
        });
      });
      return drawings.length;
    }""")
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format=sheet, prefer_css_page_size=False)
    text = subprocess.run(
        [pdftotext, "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    sheets = text.split("\f")
    for number in range(figures):
        places = {
            end: [i for i, sheet in enumerate(sheets) if f"zz{end}{number}zz" in sheet]
            for end in ("top", "end")
        }
        assert places["top"] == places["end"], f"figure {number + 1} is cut"
        assert len(places["top"]) == 1
    # pdftotext writes the thin space between thousands as it likes: digits are compared.
    missing = Counter(re.findall(r"\d+", shown)) - Counter(re.findall(r"\d+", text))
    assert missing == {}


@printed
def test_heads_are_repeated_and_nothing_is_announced_alone(
    open_page: Open, tmp_path: Path, name: str, sheet: str
) -> None:
    """A table has its head on each sheet that has rows of it, a heading what follows it."""
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("no pdftotext on the PATH (Debian: apt-get install poppler-utils)")
    page = open_page(name)
    counts = page.evaluate(MARK)
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format=sheet)
    text = subprocess.run(
        [pdftotext, "-layout", str(path), "-"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    sheets = text.split("\f")

    def places(mark: str) -> list[int]:
        return [i for i, sheet in enumerate(sheets) if mark in sheet]

    for number in range(counts["tables"]):
        assert places(f"zzhead{number}zz") == places(f"zzrow{number}zz") != []
    assert len(sheets) > 2
    for number in range(counts["headings"]):
        # What follows may be the head of a table, which later sheets repeat.
        assert places(f"zzabove{number}zz") == places(f"zzbelow{number}zz")[:1] != []


#: Opens all folds and puts a mark into the last head of each table, into each of its
#: rows, at the end of each heading and at the beginning of what follows it.
MARK = """() => {
  document.querySelectorAll('details').forEach(fold => { fold.open = true; });
  const mark = (where, how, text) => {
    const span = document.createElement('span');
    span.textContent = ` zz${text}zz `;
    span.style.fontSize = '4px';
    where[how](span);
  };
  const tables = [...document.querySelectorAll('table')];
  tables.forEach((table, i) => {
    const head = [...table.tHead.rows].at(-1).cells[0];
    mark(head.querySelector('button') ?? head, 'append', `head${i}`);
    [...table.tBodies[0].rows].forEach(row => mark(row.cells[0], 'append', `row${i}`));
  });
  const headings = [...document.querySelectorAll('main :is(h2:not(.unseen), h3, summary)')]
    .map(heading => {
      let next = heading.nextElementSibling ?? heading.parentElement.nextElementSibling;
      while (next?.firstElementChild && !next.matches('p, pre, table'))
        next = next.firstElementChild;
      return [heading, next?.matches('table') ? next.tHead.rows[0].cells[0] : next];
    })
    .filter(([, next]) => next?.matches('p, pre, th, td'));
  headings.forEach(([heading, next], i) => {
    mark(heading, 'append', `above${i}`);
    mark(next, 'prepend', `below${i}`);
  });
  return {tables: tables.length, headings: headings.length};
}"""


def test_keyboard_reaches_everything_in_order(open_page: Open) -> None:
    """Tab goes once through all links, buttons, folds and boxes that scroll, in order.

    Each shows an outline where it stands.
    """
    page = open_page("whole")
    page.evaluate(OPEN_FOLDS)
    expected = page.evaluate("""() => {
      const parts = [...document.querySelectorAll('a[href], button, summary, [tabindex]')]
        .filter(e => e.getClientRects().length);
      parts.forEach((e, i) => { e.dataset.test = i; });
      return parts.length;
    }""")
    met = []
    for _ in range(expected):
        page.keyboard.press("Tab")
        part = page.evaluate("""() => {
          const e = document.activeElement, style = getComputedStyle(e);
          const box = e.getBoundingClientRect();
          return [Number(e.dataset.test ?? -1),
                  style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
                  && style.outlineColor !== 'rgba(0, 0, 0, 0)',
                  box.bottom > 0 && box.top < innerHeight];
        }""")
        met.append(part)
    assert met == [[number, True, True] for number in range(expected)]


def test_skip_link_leads_to_the_report(open_page: Open) -> None:
    """The first stop of the keyboard jumps over the contents."""
    page = open_page("whole")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_contents_lead_to_their_sections(open_page: Open) -> None:
    """A link of the contents brings its section into view and is then the current one."""
    page = open_page("whole")
    for link in page.locator(".contents a").all():
        link.click()
        target = page.locator(link.get_attribute("href") or "")
        box = target.bounding_box()
        assert box is not None
        assert box["y"] < 900


@pytest.mark.parametrize("name", ["whole", *few("compare")])
def test_heads_sort(open_page: Open, name: str) -> None:
    """Each head of a sortable table sorts its rows up, then down, and says so."""
    page = open_page(name)
    page.evaluate(OPEN_FOLDS)
    for table in page.locator("table.sortable").all():
        heads = table.locator("thead tr").last.locator("th")
        rows = set(table.locator("tbody tr").all_inner_texts())
        for column in {0, heads.count() - 1}:
            orders = []
            for wanted in ("ascending", "descending"):
                heads.nth(column).locator("button").press("Enter")
                assert heads.nth(column).get_attribute("aria-sort") == wanted
                assert table.locator("[aria-sort]").count() == 1
                orders.append(numbers_of(table.evaluate(KEYS, column)))
            assert orders[0] == sorted(orders[0])
            assert orders[1] == sorted(orders[1], reverse=True)
            assert set(table.locator("tbody tr").all_inner_texts()) == rows


KEYS = """(table, column) => [...table.tBodies[0].rows]
  .map(row => row.cells[column].dataset.value).filter(value => value !== undefined)"""


def numbers_of(values: list[str]) -> list[float]:
    """Read what a column sorts by, where it sorts by numbers."""
    try:
        return [float(value) for value in values]
    except ValueError:
        return []


def test_theme_switch(open_page: Open) -> None:
    """The switch changes the colors at once, and says which one is on."""
    page = open_page("whole", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(paper) != light
    pressed = page.locator('.themes button[aria-pressed="true"]')
    assert pressed.all_inner_texts() == ["Dark"]
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(paper) == light


def test_theme_follows_the_system(open_page: Open) -> None:
    """Untouched, the page is dark where the system is, with and without scripts."""
    paper = "getComputedStyle(document.body).backgroundColor"
    for scripts in (True, False):
        page = open_page("whole", color_scheme="light", java_script_enabled=scripts)
        light = page.evaluate(paper)
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(paper) != light


def test_copy_button_copies(open_page: Open) -> None:
    """The button puts exactly the shown lines on the clipboard and says so."""
    page = open_page("whole", permissions=["clipboard-read", "clipboard-write"])
    box = page.locator(".copy").first
    box.get_by_role("button").click()
    page.wait_for_function("document.getElementById('status').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == box.locator("code").evaluate("code => code.textContent")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1440, "light")])
def test_axe_finds_nothing(open_page: Open, width: int, scheme: str) -> None:
    """axe-core has no complaint about the whole page, everything unfolded."""
    assert complaints(open_page("whole", width, color_scheme=scheme, bypass_csp=True)) == []


@pytest.mark.parametrize("name", few("failed", "bare", "compare", "regression"))
def test_axe_finds_nothing_in_other_pages(open_page: Open, name: str) -> None:
    """Nor about one with failures, with nothing optional, of values, and two runs.

    Their colors are those of the whole page, whose contrast takes most of the time.
    """
    page = open_page(name, 768, color_scheme="dark", bypass_csp=True)
    assert complaints(page, without=["color-contrast"]) == []


def complaints(page: Page, without: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Run axe-core on a page: each rule that is broken, with the first place."""
    page.evaluate(OPEN_FOLDS)
    rules = {rule: {"enabled": False} for rule in without}
    options = {"resultTypes": ["violations"], "rules": rules}
    found = Axe().run(page, options=options).response
    return [
        (broken["id"], str(broken["nodes"][0]["html"])[:200])
        for broken in found["violations"]
    ]


def test_forced_colors_leave_marks_apart(open_page: Open) -> None:
    """With the system's own colors, marks are painted and not in the paper's color."""
    page = open_page("whole", forced_colors="active")
    unseen = page.evaluate("""() => {
      const paper = getComputedStyle(document.body).backgroundColor;
      return [...document.querySelectorAll('.chart svg :is(path, circle, text)')]
        .filter(e => e.getClientRects().length)
        .filter(e => { const s = getComputedStyle(e);
          return [s.fill, s.stroke].every(c => c === 'none' || c === paper) && !s.filter; })
        .filter(e => !e.closest('defs, clipPath')).length;
    }""")
    assert unseen == 0


def test_forced_colors_show_the_chosen_theme(open_page: Open) -> None:
    """The pressed button of the switch keeps its word readable in the system's colors."""
    pressed = open_page("whole", forced_colors="active").locator(
        '.themes button[aria-pressed="true"]'
    )
    adjusted = pressed.evaluate("e => getComputedStyle(e).forcedColorAdjust")
    colors = pressed.evaluate(
        "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    )
    assert adjusted == "none"
    assert colors[0] != colors[1]
