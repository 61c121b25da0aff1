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
    estimator, params
        Its class's import path and its changed parameters, where it is not the model's
        own estimator.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content: str | None = None
    estimator: str = Field(default="", exclude_if=lambda path: not path)
    params: Params = Field(default={}, exclude_if=lambda params: not params)


class ModelSpec(Frozen):
    """One model of a study: its estimator, its baseline and its search.

    Attributes
    ----------
    name : str
        Short name, the key in the results.
    label : str
        The name a reader sees; the short name where none is given.
    estimator : str
        Import path of a scikit-learn classifier; empty where predictions alone
        were handed over.
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
    baseline, tuned : dict or None
        Given configurations in place of a search: parameters on top of `params`.
    tuned_object : EstimatorObject or None
        The tuned estimator where it was given as an object of its own.
    origin : str
        ``imported``: its cases were handed over and not measured here.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    label: str = Field(default="", max_length=200)
    estimator: str = Field(pattern=r"^([A-Za-z_]\w*(\.[A-Za-z_]\w*)+)?$")
    params: Params = {}
    preprocess: tuple[Step, ...] = ()
    search: Search | None = None
    object: EstimatorObject | None = None
    engine: EngineName = Field(
        default=SCIKIT_LEARN, exclude_if=lambda engine: engine == SCIKIT_LEARN
    )
    baseline: Params | None = Field(default=None, exclude_if=lambda params: params is None)
    tuned: Params | None = Field(default=None, exclude_if=lambda params: params is None)
    tuned_object: EstimatorObject | None = Field(
        default=None, exclude_if=lambda estimator: estimator is None
    )
    origin: Literal["measured", "imported"] = Field(
        default="measured", exclude_if=lambda origin: origin == "measured"
    )

    @property
    def has_tuned(self) -> bool:
        """Whether the model has a tuned case: searched, given or handed over."""
        return bool(
            self.search
            or self.tuned is not None
            or self.tuned_object
            or self.origin == "imported"
        )

    def of_variant(self, variant: str) -> "ModelSpec":
        """Return the model as its baseline, or as its tuned case, is built from."""
        content = self.tuned_object
        if variant != "tuned" or content is None:
            return self
        fields = {
            "object": content,
            "estimator": content.estimator,
            "params": content.params,
        }
        return self.model_copy(update=fields)

    @property
    def estimators(self) -> "tuple[ModelSpec, ...]":
        """The model as each estimator that it was given: one, or before and after."""
        return (self,) if self.tuned_object is None else (self, self.of_variant("tuned"))

    def given_params(self, variant: str) -> Params | None:
        """Return what a case sets on top of `params`; None where a search decides."""
        if variant == "baseline":
            return self.baseline or {}
        return {} if self.tuned_object is not None else self.tuned

    @model_validator(mode="after")
    def _one_way_to_tune(self) -> "ModelSpec":
        ways = (self.tuned, self.tuned_object, self.search)
        if sum(way is not None for way in ways) > 1:
            raise ValueError("tuned and search are both given; keep one of the two")
        if self.baseline is not None and not self.has_tuned:
            raise ValueError(
                "baseline is given without tuned; add tuned = { ... }, or write the "
                "baseline's parameters as params"
            )
        if not self.estimator and self.origin == "measured":
            raise ValueError("estimator is empty; name a class by its import path")
        return self

    @model_validator(mode="before")
    @classmethod
    def _label_defaults_to_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("label") and "name" in data:
            return {**data, "label": data["name"]}
        return data

    def without_content(self) -> "ModelSpec":
        """Return the model as results hold it: with no pickle inside."""
        bare = {
            name: estimator.model_copy(update={"content": None})
            for name in ("object", "tuned_object")
            if (estimator := getattr(self, name)) is not None
        }
        return self.model_copy(update=bare)
