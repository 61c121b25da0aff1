"""How the product speaks: the countable rules of its English, over every source."""

import ast
import html
import io
import re
import statistics
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.pages import RUNS, compare_page, page_files

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("tunecard", "runner", "report")
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "templates/README.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)

#: A wording that no text of ours has, and what stands in its place.
WORDINGS: Mapping[str, str] = {
    r"told|tells?|tell apart": "print, report, show, record, distinguish",
    r"says|said|speaks?|spoken": "print, report, name, apply to",
    r"knows|known as": "detect, record, is not limited",
    r"asks? (for|the|a|an|it)|asked again": "require, request, query",
    r"finds? out|found out": "detect",
    r"anew": "again",
    r"at the (most|least)": "at most, at least",
    r"whole numbers?": "integer",
    r"goes on where|go on where": "resume",
    r"is no (?!longer\b|more\b|less\b)[a-z]+": "is not a",
    r"home study": "default study",
    r"taken for what|held against|good to know|slip of the pen": "plain terms",
    r"neighbour\w*|colou?red? map|colour\w*|behaviour\w*|favour\w*|centre\w*|grey\w*": (
        "American spelling"
    ),
    r"\w*(?:randomis|optimis|maximis|minimis|normalis|standardis|recognis|summaris)\w*": (
        "American spelling"
    ),
}
WORDING = re.compile("|".join(rf"\b(?:{one})\b" for one in WORDINGS), re.IGNORECASE)

#: What may stand in a line although it has such a wording, each with the reason.
ALLOWED: Mapping[str, str] = {
    r"optimis(m|tic)": "names of a bias (Efron 1983), not a spelling",
    r"tell\(": "the other half of a strategy's ask()",
    r"cannot tell whether": "a person's word: 'we', who read the page",
    r'"shared-neighbours"': "version 1 of the contract spells it so",
}
ALLOWANCE = re.compile("|".join(ALLOWED))

#: Names that state what happened to a value, not what it is.
NAMES = frozenset(
    {"told", "found", "known", "said", "one", "two", "seen", "held", "asked", "given"}
)

#: Idioms that had to be read twice; a page has the plain sentence.
IDIOM = re.compile(
    r"not shown to change|tell the two apart|time is open|have no others|and dearer"
    r"|too (sure|modest)|that is good to know|tuned less baseline"
    r"|exact probabilities would|was taken for|as often as it says"
    r"|worth choosing between|from fast to right|who was chosen on them"
    r"|enter no verdict|repaid in time|asked again|made by a method"
    r"|predicted to be of a class|tests of its own|says the study|taken to differ"
    r"|has no band|decision is asked for|even so it will take"
    r"|numbers and words in one column|print it\.|noise floor it has to leave"
    r"|machine's mood|less is better|hangs at the edge",
    re.IGNORECASE,
)
_NOT_READ = re.compile(r"<(style|script)>.*?</\1>|<[^>]*>", re.DOTALL)


def sources() -> list[Path]:
    """Every Python file of the packages, without what links lead to."""
    files = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in files if path.resolve() == path)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Comments and string literals of a source, line by line."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1)}
    for token in tokens:
        if token.type in kinds:
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, line


def templates() -> list[Path]:
    """The templates: words and looks."""
    return sorted((ROOT / "templates").rglob("*.j2"))


def wordings(lines: Iterator[tuple[int, str]]) -> list[str]:
    """Every listed wording, with its line number, that no reason allows."""
    return [
        f"{number}: {match[0]!r} in {line.strip()[:80]!r}"
        for number, line in lines
        for match in WORDING.finditer(ALLOWANCE.sub("", line))
    ]


def test_comments_and_strings_use_plain_terms() -> None:
    """No comment, docstring or message has a wording of the list."""
    assert [at(path, line) for path in sources() for line in wordings(texts(path))] == []


def test_templates_and_documents_use_plain_terms() -> None:
    """No template or document has a wording of the list."""
    paths = [*templates(), *(ROOT / name for name in DOCUMENTS)]
    assert [
        at(path, line)
        for path in paths
        for line in wordings(iter(enumerate(path.read_text("utf-8").splitlines(), 1)))
    ] == []


def at(path: Path, line: str) -> str:
    """A line with its file."""
    return f"{path.relative_to(ROOT)}:{line}"


@cache
def bindings(path: Path) -> tuple[tuple[str, int, str], ...]:
    """Names that a source binds, each with its kind and line."""
    found: list[tuple[str, int, str]] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(("variable", node.lineno, node.id))
        elif isinstance(node, ast.arg):
            found.append(("parameter", node.lineno, node.arg))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.append(("field", node.lineno, node.attr))
        elif isinstance(node, ast.ClassDef):
            found.append(("class", node.lineno, node.name))
    return tuple(found)


def test_a_name_states_what_a_thing_is() -> None:
    """No variable, parameter or field is named after what happened to it."""
    assert [
        at(path, f"{line}: {name}")
        for path in sources()
        for kind, line, name in bindings(path)
        if kind != "class" and name.strip("_") in NAMES
    ] == []


def test_a_class_name_has_one_meaning() -> None:
    """No two public classes of the house share a name."""
    names = Counter(
        name
        for path in sources()
        for kind, _, name in bindings(path)
        if kind == "class" and not name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def idioms(text: str) -> list[str]:
    """Every idiom in the text of a page."""
    words = " ".join(html.unescape(_NOT_READ.sub(" ", text)).split())
    return [words[max(0, m.start() - 40) : m.end() + 40] for m in IDIOM.finditer(words)]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=[] if name in {"whole", "failed", "bare"} else pytest.mark.slow,
        )
        for name in RUNS
    ],
)
def test_a_page_has_no_idiom(name: str) -> None:
    """No file that is rendered from a run has an idiom of the list."""
    files = page_files(name)
    assert {file: found for file, text in files.items() if (found := idioms(text))} == {}


def test_the_page_of_two_runs_has_no_idiom() -> None:
    """The comparison has no idiom of the list."""
    assert idioms(compare_page()) == []


def test_an_idiom_is_detected() -> None:
    """An idiom that tags and line ends break up is found all the same."""
    assert idioms("<p>Time <b>is</b>\n open</p>") == ["Time is open"]


#: What is not read as a sentence: code, tables, pictures and headings of Markdown.
_NO_SENTENCE = re.compile(
    r"```.*?```|^(?: {4}|[|#]|tunecard )[^\n]*$|!\[[^\]]*\]", re.DOTALL | re.MULTILINE
)
_BLOCK = re.compile(r"</?(?:p|li|dd|dt|h\d|summary|figcaption|div)\b[^>]*>")


def sentence_lengths(blocks: list[str]) -> list[int]:
    """The words of each sentence of three words or more."""
    sentences = [
        sentence
        for block in blocks
        for sentence in re.split(r"(?<=[.!?:])\s+(?=[A-Z`\[*])", " ".join(block.split()))
    ]
    lengths = [len(re.findall(r"[A-Za-z][\w'-]*", sentence)) for sentence in sentences]
    return [length for length in lengths if length >= 3]


def length_in_markdown(text: str) -> float:
    """The median number of words of a sentence of a document."""
    text = re.sub(r"\]\([^)]*\)", "]", _NO_SENTENCE.sub("", text))
    return statistics.median(sentence_lengths(re.split(r"\n\s*\n|\n- ", text)) or [0])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_sentences_of_the_documents_are_short(name: str) -> None:
    """Half of the sentences have at most 16 words."""
    assert length_in_markdown((ROOT / name).read_text("utf-8")) <= 16


def test_sentences_of_the_page_are_short() -> None:
    """Half of the sentences outside tables have at most 16 words."""
    page = re.sub(
        r"<(script|style|svg|table|pre)\b.*?</\1>",
        " ",
        page_files("whole")["report.html"],
        flags=re.DOTALL,
    )
    blocks = [re.sub(r"<[^>]*>", "", html.unescape(one)) for one in _BLOCK.split(page)]
    assert statistics.median(sentence_lengths(blocks)) <= 16


def test_long_sentences_are_detected() -> None:
    """A sentence of twenty words counts as such, code and tables do not count."""
    text = "# T\n\n" + "word " * 19 + "end.\n\n    code code code code\n\n| a b c d e |\n"
    assert length_in_markdown(text) == 20
