"""What a conclusion holds: sentences, ready for any renderer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelConclusion:
    """The conclusion about one model.

    Attributes
    ----------
    model : str
        Short name.
    headline : str
        A few words: "Tuned k-nearest neighbors is better".
    sentence : str
        The whole verdict: headline, numbers, times and the search's cost.
    claim : str
        The answer to "does tuning significantly improve it?".
    open_times : str
        Why its times are open and what to do; empty where they are not.
    scope_of_times : str
        What the words on its times hold for; empty where none is decided.
    """

    model: str
    headline: str
    sentence: str
    claim: str
    open_times: str = ""
    scope_of_times: str = ""


@dataclass(frozen=True)
class Conclusion:
    """The words at the top and at the end of a report.

    Attributes
    ----------
    summary : str
        One or two sentences over all models.
    models : tuple of ModelConclusion
        In the study's order.
    between : tuple of str
        A sentence a pair of tuned models.
    limits : tuple of str
        What the numbers do not cover, in plain words.
    claim : str
        Whether fine-tuning significantly improves performance, model by model; empty
        where no model was tuned.
    """

    summary: str
    models: tuple[ModelConclusion, ...]
    between: tuple[str, ...]
    limits: tuple[str, ...]
    claim: str = ""
