"""The list of all rules, in the order of their codes."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis
from tunecard.report.errors import ReadError
from tunecard.report.findings import data, quality, search, times
from tunecard.report.findings.types import Evidence, Rule
from tunecard.report.findings.values import VALUE_RULES


def ignored_unknown(analysis: Analysis) -> Iterator[Evidence]:
    """Detect codes to ignore that no rule has."""
    codes = {*CODES, *_MORE}
    unknown = [code for code in analysis.ignored if code not in codes]
    if unknown:
        evidence = (
            f"[findings] ignore names {formats.listed(unknown)}; there are {CODES[0]} to "
            f"{CODES[-1]}."
        )
        yield Evidence("tip", evidence, "environment")


RULES: tuple[Rule, ...] = (
    Rule(
        "TC001",
        "The best candidate lies on the edge of its space",
        "The chosen value is the first or last of a list of three or more numbers, or a "
        "draw within 5 % of the (log) range of an end. Beyond that end may be a better "
        "value that was never tried. Ends that no value can pass, such as one neighbor, "
        "are left out.",
        "Move that end of the space outwards and run the study again.",
        search.best_on_the_edge,
    ),
    Rule(
        "TC002",
        "A fit stopped before it converged",
        "An estimator reached its iteration limit, so its result depends on the limit and "
        "the solver as well as on the parameters. It is the estimator's real result with "
        "these settings, but a comparison may measure the limit rather than the tuning.",
        "Raise max_iter, scale the features, or choose another solver.",
        search.not_converged,
    ),
    Rule(
        "TC003",
        "Clearly better on training rows than on test rows",
        "The training score lies outside the interval of the test score and at least 2 "
        "points above it (an error in the target's unit: 2 % below it). Nearest neighbors "
        "with distance weights, and trees, score close to 1 on rows they have stored; for "
        "them such a gap is normal.",
        "Judge by the test score; if it matters, regularize more or get more rows.",
        quality.train_test_gap,
    ),
    Rule(
        "TC004",
        "Not better, and more expensive",
        "The verdict on quality is equivalent or worse, and the verdict on the time of "
        "fit or predict is slower.",
        "Keep the baseline.",
        quality.equivalent_but_slower,
    ),
    Rule(
        "TC005",
        "Test rows also occur in the training data",
        "Rows with the very same features were seen in training, so a model that stores "
        "its rows is scored on its memory. From 1 % of the test rows it is an issue. In a "
        "table of few values rows are equal by coincidence; then almost as many pairs of "
        "rows differ in one column alone as chance predicts, and the rule does not apply.",
        "Remove duplicates before the split, or split by the group they come from.",
        data.duplicated_rows,
    ),
    Rule(
        "TC006",
        "The classes are of very different sizes",
        "The largest class has at least 3 times the training rows of the smallest. "
        "Accuracy and weighted averages then show little of the small classes.",
        "Read the macro averages and the table of classes; where the study's metric is "
        "accuracy, consider f1_macro.",
        data.class_imbalance,
    ),
    Rule(
        "TC007",
        "A class became worse under a better average",
        "The model is better on the study's metric, yet the 95 % interval of the change "
        "in a class's recall lies wholly below 0. Classes of under 50 test rows are left "
        "out. The classes are many and not adjusted for, so one in 40 shows by chance.",
        "Decide whether that class may pay for the others.",
        quality.class_got_worse,
    ),
    Rule(
        "TC008",
        "Too few rounds for a verdict on time",
        "A round is one fresh process a case. Under 3 rounds the noise between processes "
        "is unknown, so times get no verdict.",
        "Give the study more time: [timing] budget, or --budget for the whole run.",
        times.few_rounds,
    ),
    Rule(
        "TC009",
        "Other processes ran during timed calls",
        "During a call other processes used over 5 % of the machine, or the hypervisor "
        "took over 2 %. Such calls are repeated once, kept and shown; a round's value is "
        "the median of its undisturbed calls. A verdict on time rests on the rounds in "
        "which both cases have an undisturbed call, and needs 3 of them. It is an issue "
        "from 20 % of rounds without one.",
        "Run again on a quiet machine.",
        times.contaminated_samples,
    ),
    Rule(
        "TC010",
        "The data is a subset",
        "The run used a stratified part of the data, for a quick look. Scores, times and "
        "the best parameters may differ on all of it.",
        "Run the study without --quick before drawing conclusions.",
        data.subset_data,
    ),
    Rule(
        "TC011",
        "Other data was used instead of the requested data",
        "The data of the study was out of reach, and the run used data that comes with "
        "scikit-learn. The results do not apply to the requested data.",
        "Give the data with --data-dir or TUNECARD_DATA_DIR, or connect to the network.",
        data.fallback_data,
    ),
    Rule(
        "TC012",
        "The best fold score is higher than the test rows support",
        "The winner was chosen because its score over the folds was highest, which "
        "favors luck; here that score lies above the interval of the test score.",
        "Report the test score, never the best score of the search.",
        search.optimistic_folds,
    ),
    Rule(
        "TC013",
        "The true class was given probability 0",
        "Log loss is then infinite, and only an arbitrary floor makes it finite; no "
        "difference in log loss is claimed. Nearest neighbors do this whenever none of "
        "the neighbors is of the true class.",
        "Calibrate the probabilities (CalibratedClassifierCV) before using them.",
        quality.zero_probability,
    ),
    Rule(
        "TC014",
        "The tuned model has the baseline's parameters",
        "The search chose what the baseline had already. That is a result: within this "
        "space the defaults are hard to beat.",
        "Widen the space, or keep the baseline.",
        search.same_parameters,
    ),
    Rule(
        "TC015",
        "Candidates of the search failed",
        "They could not be fitted or scored, so the space was searched in part only.",
        "Read the reason and take settings that do not work out of the space.",
        search.failed_candidates,
    ),
    Rule(
        "TC016",
        "A case failed",
        "It raised an error, took too long or ran out of memory, so its model cannot be "
        "compared.",
        "Read the reason; raise [limits] or change the parameters.",
        quality.failed_cases,
    ),
    Rule(
        "TC017",
        "Not shown to be better than always predicting the most frequent class",
        "The 95 % interval of the study's metric reaches down to what a constant answer "
        "would get on the test rows: the class that is most frequent in training. Where "
        "labels alone do not give that metric, accuracy is judged.",
        "Check the features, the labels and the scaling before any tuning.",
        quality.no_better_than_most_frequent,
    ),
    Rule(
        "TC018",
        "More threads than cores",
        "This counts the threads of the largest native pool (BLAS, OpenMP) of a worker, "
        "times the estimator's own n_jobs, and for a search its processes times their "
        "threads. Threads that wait for one another make times longer and noisier.",
        "Lower --jobs, or the estimator's own n_jobs.",
        times.oversubscribed,
    ),
    Rule(
        "TC019",
        "The randomized search saved nothing compared with a grid",
        "A randomized search pays where there are several parameters, because every "
        "candidate tries a new value of each (Bergstra and Bengio 2012). With one "
        "parameter a grid of as many values costs the same and leaves no wide gaps.",
        "Search more parameters at once, or use a grid of evenly spaced values.",
        search.random_saves_nothing,
    ),
    Rule(
        "TC020",
        "Too few test rows to detect a difference as small as the margin",
        "The verdict is inconclusive, and a true difference as large as the smallest one "
        "that matters to you would be found in fewer than 80 of 100 studies on as many "
        "test rows, by the spread of the rows' differences (Connor 1987 for accuracy).",
        "Test on as many rows as the finding names, or accept a wider margin.",
        quality.margin_out_of_reach,
    ),
    Rule(
        "TC021",
        "Probabilities are badly calibrated",
        "A row's confidence is its largest probability. Rows are put into at most 15 "
        "groups of equal size by it. The calibration error is the root mean square over "
        "the rows of the gap between confidence and accuracy of their group, without "
        "what chance adds (Kumar et al. 2019). The rule applies if its 95 % interval "
        "lies above 0.05, a gap of 5 points that is a convention of this report. Labels "
        "and accuracy do not depend on it; thresholds, costs and averages of models do.",
        "Calibrate (CalibratedClassifierCV) before using the probabilities as such.",
        quality.badly_calibrated,
    ),
    Rule(
        "TC022",
        "The machine's own speed moved during the run",
        "A fixed piece of work, a float32 matrix product and a copy of memory, was timed "
        "at the start and after rounds, and its slowest moment took "
        "over 10 % longer than its fastest. The two cases of a round meet the same "
        "machine, so their ratio is less touched than the seconds themselves.",
        "Compare ratios rather than seconds, or run again on a quiet, cool machine.",
        times.unsteady_machine,
    ),
    Rule(
        "TC023",
        "The study ignores a finding that does not exist",
        "A code in [findings] ignore belongs to no rule, so it has no effect: a typo, "
        "or a rule of another version.",
        "Correct the code; tunecard explain lists all.",
        ignored_unknown,
    ),
    Rule(
        "TC024",
        "The budget cut the search",
        "The time allowed for the whole run did not suffice for all candidates of the "
        "study, so fewer were drawn, or the lists of a grid were thinned; a thinned list "
        "keeps its ends and the baseline's own value. The verdict is about this smaller "
        "search: the full one may find a better model.",
        "Run again with a larger --budget, or without one.",
        search.cut_by_budget,
    ),
    Rule(
        "TC025",
        "One column alone decides the target",
        "A rule on a single column, its thresholds or its categories, is right on at least "
        "99 % of the training rows and makes at most a tenth of the errors of the "
        "most frequent class; or a model scores at least 0.99 in accuracy and such a rule "
        "comes within 1 point of it. Such a column often holds the answer itself: it was "
        "recorded after the outcome, or made from it.",
        "Check that the column is available when a prediction is needed; if not, leave it "
        "out ([data] drop).",
        data.one_column_decides,
    ),
    Rule(
        "TC026",
        "Rows belong together",
        "A column seems to name subjects that have several rows each, such as patients or "
        "users. Rows of one subject are alike, and the verdicts assume independent rows: "
        "with ten rows a subject, equal models can be called different in 3 of 10 studies.",
        "Keep all rows of a subject on one side: name the column as groups in [split].",
        data.repeated_subjects,
    ),
    Rule(
        "TC027",
        "Another metric clearly became worse",
        "Whatever the verdict on the study's metric, the interval of the change in another "
        "metric lies wholly on its worse side. The interval is adjusted for all other "
        "metrics of all models (Bonferroni), so that in 95 of 100 studies without any "
        "change the rule applies to none. It is a note where the verdict is worse already.",
        "Decide whether the gain is worth it, or make that metric the study's own.",
        quality.another_metric_fell,
    ),
    Rule(
        "TC028",
        "Neighboring rows are alike",
        "In the order of the test rows, errors come in runs: blocks of consecutive rows "
        "differ by more than chance (a permutation test of the blocks' sums). Rows that "
        "stand together may be of one writer, one device or one day. Tests and intervals "
        "that take rows for independent are then too sure.",
        "If a column names what such rows have in common, use it as groups in [split]; if "
        "the order is that of time, name its column as order.",
        data.order_matters,
    ),
    Rule(
        "TC029",
        "Rows in the order of time",
        "The rows are sorted by a date. A model that is used on later rows than those it "
        "was fitted on can do worse than on rows of the same time, and the verdict assumes "
        "that order means nothing.",
        "If later rows are to be predicted from earlier ones, name the column as order in "
        "[split].",
        data.sorted_by_date,
    ),
    Rule(
        "TC030",
        "Predictions change although the seed does not",
        "Each round fits the case again, with the same rows, parameters and seed. The rule "
        "applies if a round predicts another class or value for a test row than the first "
        "fit did. The verdict rests on that first fit alone, and a difference between "
        "baseline and tuned that such a repetition brings about does not come from tuning.",
        "Set random_state in every part of the model, or make it deterministic; else "
        "distrust differences of that size.",
        quality.another_answer,
    ),
    Rule(
        "TC031",
        "The gain of the search is mostly luck",
        "More than half of the winner's gain over the folds goes away once the choice of "
        "the best of many candidates is corrected for. The best of many scores is high in "
        "part by chance, also where no candidate is better than the baseline.",
        "Rely on the corrected gain and on the test rows; try fewer candidates, or more "
        "rows or folds.",
        search.mostly_luck,
    ),
    *VALUE_RULES,
    Rule(
        "TC039",
        "The search chose by another metric",
        "The verdict is about the metric of the study, and the search of a model chose its "
        "winner by another one. The winner may be the best by that metric and no better by "
        "this one. A search that is judged has its own metric judged where Tunecard has a "
        "test for it.",
        "Search by the metric that decides, or name the search's metric as the study's.",
        search.another_metric,
    ),
)
CODES = tuple(rule.code for rule in RULES)
#: Rules that came with sections of the user's own, by code.
_MORE: dict[str, Rule] = {}


def all_rules() -> tuple[Rule, ...]:
    """Return every rule, those of the user's own last."""
    return (*RULES, *_MORE.values())


def add_rule(rule: Rule) -> None:
    """Apply a rule of the user's own from now on.

    Raises
    ------
    ReadError
        If its code is taken.
    """
    if rule.code in CODES or rule.code in _MORE:
        raise ReadError(f"there is a finding {rule.code} already; choose another code.")
    _MORE[rule.code] = rule


def remove_rule(code: str) -> None:
    """Apply a rule of the user's own no longer; nothing where there is none."""
    _MORE.pop(code, None)
