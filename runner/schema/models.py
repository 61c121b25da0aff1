"""A model of a study: its estimator, what comes before it, and its search."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from tunecard.runner.schema.base import Frozen
from tunecard.runner.schema.params import Params
from tunecard.runner.schema.search import Search

#: What does the arithmetic of a model by default.
SCIKIT_LEARN: Final = "scikit-learn"
EngineName: TypeAlias = Literal["scikit-learn", "intelex"]


class Transformer(Frozen):
    """A transformer before the classifier, with parameters of its own.

    Attributes
    ----------
    transformer : str
        Import path of a scikit-learn transformer.
    params : dict
        On top of its defaults.
    """

    transformer: str = Field(min_length=1)
    params: Params = {}


def _kind_of_step(value: Any) -> str:
    """Distinguish a table from an import path, so that an error is reported once."""
    return "table" if isinstance(value, dict | Transformer) else "path"


Step: TypeAlias = Annotated[
    Annotated[str, Tag("path")] | Annotated[Transformer, Tag("table")],
    Discriminator(_kind_of_step),
]


class EstimatorObject(Frozen):
    """An estimator that was given as an object, in Python.

    Attributes
    ----------
    sha256 : str
        Of what it is: its class and its parameters.
    content : str or None
        The object itself, pickled, in base64; None in results, which hold no
        pickle.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content: str | None = None


class ModelSpec(Frozen):
    """One model of a study: its estimator, its baseline and its search.

    Attributes
    ----------
    name : str
        Short name, the key in the results.
    label : str
        The name a reader sees; the short name where none is given.
    estimator : str
        Import path of a scikit-learn classifier.
    params : dict
        The baseline's parameters on top of the estimator's defaults. Where a
        parameter is an estimator itself, its import path.
    preprocess : tuple of str or Transformer
        Import paths of transformers that run before it, as a Pipeline.
    search : Strategy or None
        How to tune; None (``strategy = "none"``) measures the baseline alone.
    object : EstimatorObject or None
        The estimator itself where it was given as an object; `estimator` then
        names its class.
    engine : str
        Which package's estimator of that name it is; written where it is not
        scikit-learn's own.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    label: str = Field(default="", max_length=200)
    estimator: str = Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")
    params: Params = {}
    preprocess: tuple[Step, ...] = ()
    search: Search | None = None
    object: EstimatorObject | None = None
    engine: EngineName = Field(
        default=SCIKIT_LEARN, exclude_if=lambda engine: engine == SCIKIT_LEARN
    )

    @model_validator(mode="before")
    @classmethod
    def _label_defaults_to_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("label") and "name" in data:
            return {**data, "label": data["name"]}
        return data

    def without_content(self) -> "ModelSpec":
        """Return the model as results hold it: with no pickle inside."""
        if self.object is None:
            return self
        reference = self.object.model_copy(update={"content": None})
        return self.model_copy(update={"object": reference})
