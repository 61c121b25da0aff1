"""Study files: what a good one says, and the sentences that a wrong one gets."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tunecard.runner import config
from tunecard.runner.errors import StudyError
from tunecard.runner.schema import Distribution, Study

HEAD = 'name = "s"\ntitle = "s"\ndataset = "digits"\n'
MODEL = '[[models]]\nname = "m"\nestimator = "sklearn.svm.SVC"\n'
JARGON = (
    "tuple",
    "dictionary",
    "Input should",
    "input should",
    "string should have",
    "pydantic",
    "instance of",
    "unable to parse",
    "valid integer",
    "Value error",
    "union",
)


def told(text: str) -> list[str]:
    """Return what is said of a study file that is wrong, a line each."""
    with pytest.raises(StudyError) as caught:
        config.parse(text, "study.toml")
    first, *lines = str(caught.value).splitlines()
    assert first == f"study.toml: {len(lines)} error{'s' if len(lines) > 1 else ''}"
    assert not any(word in line for line in lines for word in JARGON)
    return [line.removeprefix("  ") for line in lines]


def test_defaults_are_filled_in() -> None:
    """The effective study says everything, also what the file leaves out."""
    study = config.parse(HEAD + MODEL, "study.toml")
    (model,) = study.models
    assert (study.seed, study.metric, study.margin, study.subset) == (
        0,
        "accuracy",
        None,
        None,
    )
    assert (model.label, model.params, model.preprocess, model.search) == (
        "m",
        {},
        (),
        None,
    )
    assert (study.timing.budget, study.limits.case_seconds) == (180.0, 1800.0)
    assert study.limits.memory == 8 * 2**30


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("3m", 180.0), ("1.5 h", 5400.0)]
)
def test_durations_have_units(text: str, seconds: float) -> None:
    """A duration is a number with s, m or h."""
    study = config.parse(f'{HEAD}{MODEL}[timing]\nbudget = "{text}"\n', "study.toml")
    assert study.timing.budget == seconds


@pytest.mark.parametrize(
    "text", [f"timing = false\n{MODEL}", f"{MODEL}[timing]\nenabled = false\n"]
)
def test_a_study_may_leave_the_timing_out(text: str) -> None:
    """Both forms switch it off; results keep the one that names the field."""
    study = config.parse(HEAD + text, "study.toml")
    assert not study.timing.enabled
    assert study.model_dump(mode="json")["timing"] == {"budget": 180.0, "enabled": False}


@pytest.mark.parametrize(("text", "size"), [("512MiB", 2**29), ("1.5GiB", 3 * 2**29)])
def test_sizes_have_units(text: str, size: int) -> None:
    """A size is a number with MiB or GiB."""
    study = config.parse(f'{HEAD}{MODEL}[limits]\nmemory = "{text}"\n', "study.toml")
    assert study.limits.memory == size


def test_search_spaces_of_lists_and_distributions() -> None:
    """A grid lists values, a random search may also draw them."""
    text = (
        HEAD
        + MODEL
        + '[models.search]\nstrategy = "random"\n[models.search.space]\n'
        + 'C = { distribution = "loguniform", low = 1e-3, high = 10 }\n'
        + 'kernel = ["rbf", "linear"]\ncoef = [[1, 2], [3.5, true]]\n'
    )
    search = config.parse(text, "study.toml").models[0].search
    assert search is not None
    assert search.space == {
        "C": Distribution(distribution="loguniform", low=0.001, high=10.0),
        "kernel": ("rbf", "linear"),
        "coef": ((1, 2), (3.5, True)),
    }


def test_a_byte_order_mark_is_no_error() -> None:
    """Some editors begin a file with a mark; it is read over."""
    study = config.parse("\ufeff" + HEAD + MODEL, "study.toml")
    assert study == config.parse(HEAD + MODEL, "study.toml")


@pytest.mark.parametrize("name", ["mnist", "digits"])
def test_shipped_studies_parse(name: str) -> None:
    """What comes with Tunecard is right, and named as its file is."""
    study = config.load_study(name)
    assert name in config.shipped()
    assert study.name == study.dataset == name
    knn, logreg = (model.search for model in study.models)
    assert knn is not None
    assert knn.space == {
        "n_neighbors": tuple(range(1, 11)),
        "weights": ("uniform", "distance"),
    }
    assert logreg is not None
    assert (knn.folds, logreg.folds, logreg.n_draws) == (5, 3, 15)
    assert logreg.space == {
        "C": Distribution(distribution="loguniform", low=1e-3, high=1e2)
    }


def test_the_shipped_regression_parses() -> None:
    """It is a regression of three models, each with a search."""
    study = config.load_study("diabetes")
    assert (study.task, study.metric) == ("regression", "mean_absolute_error")
    assert [model.name for model in study.models if model.search is not None] == [
        "ridge",
        "forest",
        "knn",
    ]
    assert set(config.shipped()) == {"mnist", "digits", "diabetes"}


def test_every_error_is_told_at_once() -> None:
    """One reading tells all that is wrong, each with field, value and what is allowed."""
    lines = told(
        'name = "My Study"\ntitle = ""\nseed = -1\ntest_size = 2\nmargin = 0\nmodels = []\n'
        'metric = "acuracy"\nsubset = 3\n'
        '[timing]\nbudget = "3 parsecs"\n[limits]\nmemory = "8GB"\ncase_seconds = 0\n'
    )
    assert lines == [
        (
            "name: 'My Study': only a-z, 0-9 and - are allowed, starting with a letter or "
            "a digit."
        ),
        "title: '': must not be empty.",
        "dataset: is missing; it must be given.",
        "seed: -1: must be at least 0 and below 4,294,967,296.",
        "test_size: 2: must be above 0 and below 1.",
        (
            "metric: 'acuracy': is not a metric (did you mean 'accuracy'?); name a scorer "
            "of scikit-learn's for classifications, a registered metric, or your own "
            "function as module:name."
        ),
        "margin: 0: must be above 0.",
        "subset: 3: must be a table.",
        "models: []: is empty; a study needs at least one [[models]].",
        (
            "timing.budget: '3 parsecs': is not a duration; write a number and s, m or h, "
            'as in "3m".'
        ),
        "limits.case_seconds: 0: must be above 0.",
        (
            "limits.memory: '8GB': is not a size; write a number and MiB or GiB, as in "
            '"8GiB".'
        ),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "sede = 1\n" + MODEL, "sede: unknown key. Did you mean 'seed'?"),
        (
            HEAD + MODEL + "[timing]\nzzz = 1\n",
            "timing.zzz: unknown key. Allowed are: budget, enabled.",
        ),
        (
            HEAD + MODEL + "parms = { C = 1 }\n",
            "models[0].parms: unknown key. Did you mean 'params'?",
        ),
        (
            HEAD
            + MODEL
            + 'search = { strategy = "grid", space = { C = [1] }, fold = 3 }\n',
            "models[0].search.fold: unknown key. Did you mean 'folds'?",
        ),
        (
            HEAD + MODEL + 'search = { strategy = "random", space = { C = '
            '{ distribution = "uniform", low = 1, high = 2, hihg = 3 } } }\n',
            "models[0].search.space.C.hihg: unknown key. Did you mean 'high'?",
        ),
    ],
)
def test_unknown_keys_get_a_suggestion(text: str, expected: str) -> None:
    """A key that does not exist is told with the closest one, wherever it stands."""
    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (
            '{ strategy = "halving", space = { C = [1] } }',
            (
                ".strategy: 'halving' is not allowed; use 'grid', 'random', "
                "'halving-random', 'optuna' or 'none'."
            ),
        ),
        (
            "{ space = { C = [1] } }",
            (
                ".strategy: is missing; use 'grid', 'random', 'halving-random', 'optuna' "
                "or 'none'."
            ),
        ),
        ('{ strategy = "grid" }', ".space: is missing; it must be given."),
        ('{ strategy = "grid", space = {} }', ".space: {}: needs at least one parameter."),
        (
            '{ strategy = "grid", space = { C = [] } }',
            ".space.C: []: needs at least one value.",
        ),
        (
            '{ strategy = "grid", space = { C = 3 } }',
            (
                ".space.C: 3: must be a list of values; distributions need strategy = "
                '"random".'
            ),
        ),
        (
            '{ strategy = "random", space = { C = 3 } }',
            (
                ".space.C: 3: must be a list of values, or a distribution such as "
                '{ distribution = "loguniform", low = 1e-3, high = 1e2 }.'
            ),
        ),
        (
            '{ strategy = "grid", space = { C = [1] }, folds = 1 }',
            ".folds: 1: must be at least 2 and at most 100.",
        ),
        (
            '{ strategy = "random", space = { C = [1] }, n_iter = 0 }',
            ".n_iter: 0: must be at least 1 and at most 100,000.",
        ),
        (
            (
                '{ strategy = "random", space = '
                '{ C = { distribution = "loguniform", low = 0, high = 1 } } }'
            ),
            (
                ".space.C: { distribution = 'loguniform', low = 0, high = 1 }: low = 0 "
                "must be above 0 for loguniform."
            ),
        ),
        (
            (
                '{ strategy = "random", space = '
                '{ C = { distribution = "uniform", low = 2, high = 1 } } }'
            ),
            (
                ".space.C: { distribution = 'uniform', low = 2, high = 1 }: low = 2 must "
                "be below high = 1."
            ),
        ),
        (
            (
                '{ strategy = "random", space = '
                '{ C = { distribution = "randint", low = 1, high = 1e300 } } }'
            ),
            (
                ".space.C: { distribution = 'randint', low = 1, high = 1e+300 }: low and "
                "high must lie within 2**53 for randint."
            ),
        ),
        (
            '{ strategy = "random", space = { C = { distribution = "unifrm" } } }',
            (
                ".space.C.distribution: 'unifrm': must be 'uniform', 'loguniform' or "
                "'randint' (did you mean 'uniform'?)."
            ),
        ),
        (
            '{ strategy = "grid", space = { C = [1] }, simpler = { C = "smalest" } }',
            (
                ".simpler.C: 'smalest': must be 'larger' or 'smaller' (did you mean "
                "'smaller'?)."
            ),
        ),
        (
            '{ strategy = "grid", space = { C = [1] }, simpler = { gamma = "smaller" } }',
            ".simpler: 'gamma' is not in the search space (C).",
        ),
        ("4", ": 4: must be a table."),
    ],
)
def test_wrong_searches(search: str, expected: str) -> None:
    """Each way to get a search wrong is told in one sentence, with its place."""
    lines = told(f"{HEAD}{MODEL}search = {search}\n")
    assert lines[0] == "models[0].search" + expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("{ distribution = 1 }", "{ distribution = 1 }"),
        ("[[[1]]]", "[[[1]]]"),
        ("nan", "nan"),
        ("1979-05-27", "1979-05-27"),
    ],
)
def test_a_parameter_that_is_no_value_is_told_once(value: str, shown: str) -> None:
    """A parameter may be of many kinds; what is none of them makes one error."""
    (line,) = told(f"{HEAD}{MODEL}params = {{ C = {value} }}\n")
    allowed = (
        "must be a finite number, text, true or false, { none = true }, a table, or a list "
        "of these"
    )
    assert line == f"models[0].params.C: {shown}: {allowed}."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models = 3\n" + HEAD, "models: 3: must be tables, each headed [[models]]."),
        ("models = [3]\n" + HEAD, "models[0]: 3: must be a table."),
        (HEAD + MODEL + "label = 3\n", "models[0].label: 3: must be text, in quotes."),
        (
            HEAD + MODEL + 'preprocess = "a.B"\n',
            "models[0].preprocess: 'a.B': must be a list.",
        ),
        (
            HEAD + MODEL + "params = 3\n",
            "models[0].params: 3: must be a table such as { n_neighbors = 3 }.",
        ),
        (
            HEAD + MODEL.replace("sklearn.svm.SVC", "SVC"),
            "models[0].estimator: 'SVC': must be an import path such as sklearn.svm.SVC.",
        ),
        (
            HEAD + MODEL + MODEL,
            "two models are named 'm'; give each its own name.",
        ),
        (HEAD + "seed = 1.5\n" + MODEL, "seed: 1.5: must be an integer."),
        (
            HEAD + MODEL + f'[limits]\nmemory = "{"9" * 400}GiB"\n',
            'is more than any machine has; write it as in "8GiB".',
        ),
    ],
)
def test_wrong_kinds_of_value(text: str, expected: str) -> None:
    """A value of the wrong kind is told in words of the study file."""
    (line,) = told(text)
    assert line.endswith(expected)


@pytest.mark.parametrize("text", ["name = ", "a = " + "9" * 5000, "[a\n"])
def test_what_is_no_toml(text: str) -> None:
    """A file that is no TOML is told so, with its name."""
    with pytest.raises(StudyError, match=r"^study\.toml: is not TOML \("):
        config.parse(text, "study.toml")


def test_a_study_that_is_not_there() -> None:
    """A name that is neither shipped nor a file gets the closest shipped name."""
    with pytest.raises(StudyError) as caught:
        config.load_study("mnits")
    assert str(caught.value) == (
        "'mnits' is neither a shipped study (diabetes, digits, mnist) nor a study file "
        "that can be read (No such file or directory). Did you mean 'mnist'?"
    )


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder, a name with a zero byte and a file that is no text are told."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="is not UTF-8 text"):
        config.load_study(str(binary))
    with pytest.raises(StudyError, match="Is a directory"):
        config.load_study(str(tmp_path))
    with pytest.raises(StudyError, match="can be read"):
        config.load_study("a\0b")


def test_a_study_file_is_read_from_its_path(tmp_path: Path) -> None:
    """A study of the user's own is a file anywhere."""
    path = tmp_path / "own.toml"
    path.write_text(HEAD + MODEL, "utf-8")
    assert config.load_study(str(path)) == config.parse(HEAD + MODEL, "own.toml")


def read(text: str) -> None:
    """Read a text as a study; only StudyError may come of it."""
    message = "study.toml: "
    try:
        assert isinstance(config.parse(text, "study.toml"), Study)
    except StudyError as error:
        message = str(error)
    assert message.startswith("study.toml: ")
    assert not any(word in message for word in ("tuple", "union", "Input should"))


@given(st.text())
@example("a = " + "[" * 3000)
def test_any_text_is_a_study_or_an_error(text: str) -> None:
    """Whatever a file holds, reading it ends in a Study or a StudyError."""
    read(text)


VALUES = st.recursive(
    st.sampled_from(
        [
            "true",
            "nan",
            "-inf",
            "1e999",
            "''",
            "'3m'",
            "1979-05-27",
            "07:32:00",
            "2.5",
            "-1",
        ]
    )
    | st.integers(-(10**30), 10**400).map(str),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(
            st.sampled_from(["C", "low", "high", "distribution", "int", "values"]),
            inner,
            max_size=3,
        ).map(lambda table: "{" + ", ".join(f"{k} = {v}" for k, v in table.items()) + "}")
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("seed", "test_size", "margin", "metric", "subset", "models", "zzz"),
                *("timing.budget", "limits.memory", "limits.case_seconds", "name"),
            ]
        ),
        VALUES,
        max_size=4,
    ),
    st.dictionaries(
        st.sampled_from(
            ["params", "params.C", "search", "search.space.C", "preprocess", "label"]
        ),
        VALUES,
        max_size=3,
    ),
    st.sampled_from(["", 'search.strategy = "grid"\n', 'search.strategy = "random"\n']),
)
def test_any_values_are_a_study_or_an_error(
    top: dict[str, str], model: dict[str, str], strategy: str
) -> None:
    """Values of any kind at any place end in a Study or a StudyError."""
    lines = [f"{key} = {value}\n" for key, value in top.items()]
    inside = [f"{key} = {value}\n" for key, value in model.items()]
    head = HEAD if "name" not in top else HEAD.partition("\n")[2]
    if "models" in top:
        read(head + "".join(lines))
    else:
        read(head + "".join(lines) + MODEL + strategy + "".join(inside))


def test_a_file_holds_no_pickle() -> None:
    """Estimators come as objects from Python alone, never out of a study file."""
    pickled = f'object = {{ sha256 = "{"0" * 64}", content = "gASVAA==" }}\n'
    (line,) = told(HEAD + MODEL + pickled)
    assert line.startswith("models[0].object: unknown key. ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seeds = [1, 1]", "seeds: [1, 1]: two are the same; give each once."),
        (
            "seeds = [1, 2]\nseed = 3",
            "seeds: [1, 2]: seed is given too; keep one of the two.",
        ),
        ('seeds = ["a"]', "seeds[0]: 'a': must be an integer."),
        ("seeds = 3", "seeds: 3: must be a list."),
    ],
)
def test_wrong_seeds(text: str, expected: str) -> None:
    """Several seeds are integers, each once, in place of the one."""
    assert told(f"{HEAD}{text}\n{MODEL}") == [expected]
