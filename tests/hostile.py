"""Strings that would act if they were not escaped, and runs that hold them everywhere."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.builders import KNN, LOGREG, make_run
from tunecard.report.load import Loaded
from tunecard.runner.schema import (
    Calibration,
    CapturedWarning,
    ColumnInfo,
    Environment,
    Git,
    ModelSpec,
    Stage,
    ThreadPool,
)

#: Each payload sets ``window.hit``. All differ, none is part of another.
HOSTILE: tuple[str, ...] = (
    "<script>window.hit=1</script>",
    "</script><script>window.hit=2</script>",
    "</style><script>window.hit=3</script>",
    "</title><script>window.hit=4</script>",
    "</textarea><img src=x onerror=window.hit=5>",
    "<svg onload=window.hit=6>",
    "<svg><script>window.hit=7</script></svg>",
    "<svg><animate onbegin=window.hit=8 attributeName=x dur=1s>",
    "]]></svg><img src=x onerror=window.hit=9>",
    "\"><img src=x onerror='window.hit=10'>",
    "' onmouseover='window.hit=11' autofocus onfocus='window.hit=11",
    '" onfocus="window.hit=12" autofocus="',
    "<img src=`x` onerror=window.hit=13//",
    "<details open ontoggle=window.hit=14>",
    "<iframe srcdoc='<script>parent.hit=15</script>'></iframe>",
    "<object data=javascript:window.hit=16>",
    "<a href=javascript:window.hit=17>click</a>",
    "<base href=https://example.invalid/>",
    "<meta http-equiv=refresh content='0;url=javascript:window.hit=18'>",
    "<link rel=stylesheet href=https://example.invalid/x.css>",
    "<style>*{display:none}</style>",
    "<form action=https://example.invalid><button>send",
    "<template><script>window.hit=19</script></template>",
    "<!-- a comment that never ends",
    "--><script>window.hit=20</script><!--",
    "<![CDATA[ <script>window.hit=21</script> ]]>",
    "<?php echo 1 ?>",
    "</table></div></main><h1>broken</h1>",
    "</td><td>one cell more",
    "</pre></code></details>out",
    "javascript:window.hit=22",
    "[click](javascript:window.hit=23)",
    "![image](https://example.invalid/x.png)",
    "[ref]: https://example.invalid 'title'",
    "<https://example.invalid/auto>",
    "a|b|c | d",
    "ends in a backslash \\",
    "a \\| b \\\\| c",
    "`code` ``two`` ```three",
    "```\nfence\n```",
    "~~~\nfence of tildes\n~~~",
    "# heading one",
    "- a list\n- of two",
    "> a quote",
    "1. numbered\n2. list",
    "---",
    "| - | - |\n| x | y |",
    "**bold** _under_ ~~struck~~",
    "a\n\n    indented code",
    "@somebody and #123",
    "$x^2$ and $$y$$ and \\(z\\)",
    "\\frac{1}{0} $\\undefined",
    "{{ 7*7 }}{% for x in y %}{# z #}",
    "{0} %s %(name)s ${HOME} $(id) `id`",
    "=1+1",
    '=HYPERLINK("https://example.invalid","x")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd",
    "@SUM(A1:A2)",
    "\tleading tab",
    'comma, "quote", and; semicolon',
    "\u202edesrever\u202c text",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "zero\u200bwidth\u2060join\ufeff",
    "\u2067isolated\u2069",
    "line\u2028and paragraph\u2029separators",
    "e\u0301\u0323 combining " + "z" + "\u0336" * 20,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308 emoji",
    "\U0001d54f astral \U00010348",
    "\x1b[31mred\x1b[0m\x07",
    "nul\x00 and \x08\x7f\x9b",
    "carriage\rreturn\r\nboth",
    "&lt;entities&gt; &amp;amp; &#60;script&#62; &copy",
    "%3Cscript%3E",
    "NaN",
    "null",
    "None",
    "undefined",
    "Infinity",
    "true",
    "0",
    "-1e309",
    "\u2014",
    "   spaces around   ",
    "a/../../etc/passwd",
    "C:\\Users\\new\\table",
    "half a \ud83d character",
    "the other \udc68 half",
    "<math><mtext></form><mglyph><img src=x onerror=window.hit=24>",
    "<noscript><p title='</noscript><img src=x onerror=window.hit=25>'>",
    "&#x3C;script&#x3E;window.hit=26&#x3C;/script&#x3E;",
    "word " * 2000 + "end of ten thousand",
    "W" * 300,
    "no character: \uffff \ufffe \ufdd0 \U0001ffff",
)
#: Numbers and words that stand on a page anyway prove nothing by standing on it.
PLAIN = {"0", "null", "None", "true", "NaN", "---", "\u2014", "undefined", "Infinity"}


def hostile_run(offset: int) -> tuple[Loaded, tuple[str, ...]]:
    """Build a run whose every text is hostile, and say which texts it holds.

    The next offset gives each place the next string, so that all offsets
    together bring every string to every place.
    """
    taken: list[str] = []

    def take() -> Iterator[str]:
        position = offset
        while True:
            taken.append(HOSTILE[position % len(HOSTILE)])
            yield taken[-1]
            position += 1

    strings = take()
    one = strings.__next__
    models = (_model(KNN, one(), (one(), one(), one())), _model(LOGREG, one(), (one(),)))
    warnings = tuple(
        CapturedWarning(
            where="fit", model="knn", variant=None, category=one(), message=one(), count=2
        )
        for _ in range(6)
    )
    run = make_run(
        n_test=60,
        classes=[one() for _ in range(5)],
        models=models,
        failed={"logreg/tuned": ("failed", one())},
        case={
            "logreg/tuned": {"stderr_tail": one(), "params": {one(): one()}},
            "knn/tuned": {"params": {one(): one()}, "python": (one(), one())},
        },
        dataset=_dataset(one),
        warnings=warnings,
        rounds=2,
    )
    results = run.results
    study = results.study.model_copy(update={"title": one(), "dataset": one()})
    changed = results.model_copy(
        update={
            "study": study,
            "environment": _environment(results.environment, one),
            "command": one(),
            "stages": (Stage(name=one(), wall_seconds=1.0),),
            "calibrations": tuple(
                Calibration(moment=one(), sgemm_ns=10 + i, copy_ns=10) for i in range(2)
            ),
            "peak_memory": {one(): 2**20},
        }
    )
    return Loaded(changed, run.predictions, None, run.folder), tuple(taken)


def _dataset(one: Callable[[], str]) -> dict[str, Any]:
    """Give the words of a dataset."""
    names = ("title", "source", "dtype", "fallback_reason", "subset_of", "target")
    return {
        **{name: one() for name in names},
        "columns": (ColumnInfo(name=one(), kind="category", categories=("a",)),),
        "dropped": (one(),),
        "notes": (one(),),
        "sha256": {one(): one()},
    }


def _environment(environment: Environment, one: Callable[[], str]) -> Environment:
    """Give the words of a machine."""
    names = ("os", "cpu", "machine", "python", "implementation", "tunecard")
    pool = ThreadPool(user_api=one(), internal_api=one(), version=one(), num_threads=2)
    return environment.model_copy(
        update={
            **{name: one() for name in names},
            "packages": {one(): one(), one(): one()},
            "thread_pools": (pool,),
            "git": Git(commit=one(), dirty=True),
        }
    )


def _model(spec: ModelSpec, label: str, values: Sequence[str]) -> ModelSpec:
    """Give a model a hostile label and, in its search, a parameter of hostile values."""
    assert spec.search is not None
    space: dict[str, Any] = {**spec.search.space, "metric": tuple(values)}
    search = spec.search.model_copy(update={"space": space})
    return spec.model_copy(update={"label": label, "search": search})
