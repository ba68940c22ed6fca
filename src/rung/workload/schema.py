"""The workload file, field by field: what may be written, checked when it is read (`rung.workload.load`).

The descriptions are those of the JSON Schema that editors show; `python -m rung.workload.schema` prints it.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, NoReturn, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from rung.units import GRID_RANGE, PUE_RANGE, TARIFF_RANGE

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
OpenShare = Annotated[float, Field(gt=0, lt=1)]
Score = Annotated[float, Field(gt=0, le=1)]
Intensity = Annotated[float, Field(ge=GRID_RANGE[0], le=GRID_RANGE[1], allow_inf_nan=False)]
Pue = Annotated[float, Field(ge=PUE_RANGE[0], le=PUE_RANGE[1], allow_inf_nan=False)]
Tariff = Annotated[float, Field(ge=TARIFF_RANGE[0], le=TARIFF_RANGE[1], allow_inf_nan=False)]
Scalar = str | bool | int | float | None


class Section(BaseModel):
    """A mapping of the file: exact types, no field that is not listed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)


def _refuse(problem: str, *, mend: str, field: str = "") -> NoReturn:
    raise PydanticCustomError("rung", "{problem}", {"problem": problem, "mend": mend, "field": field})


class Columns(Section):
    """Which columns of the data files hold what, where they have other names."""

    input: Text | None = None
    """Column of the text that a candidate sees; without it `input`, or `prompt` (Amazon Bedrock's format)."""
    output: Text | None = None
    """Column of what is right: text, a number, a JSON object, or a list of acceptable ones; without it `output` and
    `references`, or `referenceResponse` (Bedrock), or `answers`."""
    id: Text | None = None
    """Column of a unique id; without it `id`, or an id made from the content."""
    slice: Text | None = None
    """Column of the group for guards and reports; without it `slice`, or Bedrock's `category`."""
    source: Text | None = None
    """Column of the id of the knowledge passage that holds the answer; without it `source`."""


class Split(Section):
    """Shares of the three sets when they are made by the seed."""

    train: OpenShare = Field(default=0.6, examples=[0.6])
    """Share of the items to learn from."""
    tune: OpenShare = Field(default=0.15, examples=[0.15])
    """Share of the items to search on; of `data.train` when only the tune set is made."""
    evaluation: OpenShare = Field(default=0.25, examples=[0.25])
    """Share of the items for the decision."""

    @model_validator(mode="after")
    def _whole(self) -> Split:
        whole = self.train + self.tune + self.evaluation
        if abs(whole - 1) > 1e-6:
            _refuse(f"the shares sum to {whole:g}", mend="make train, tune and evaluation sum to 1")
        return self


class Data(Section):
    """Where the items are. Paths are relative to this file; `${NAME}` and `${NAME:-default}` are filled in."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["items"]}, {"required": ["evaluation"]}]})

    items: Text | None = None
    """One file of all items (JSONL, CSV or Parquet, also .gz), to be split by the seed."""
    train: Text | None = None
    """File of the items to learn from."""
    tune: Text | None = None
    """File of the items to search on; without it a share of `train`, taken by the seed."""
    evaluation: Text | None = None
    """File of the items for the decision; methods never see them."""
    split: Split = Field(default_factory=Split)
    """Shares of the sets that are made by the seed."""
    columns: Columns = Field(default_factory=Columns)
    """Which columns hold what, where they have other names."""
    group_by: Text | None = None
    """Column whose equal values stay in one set, e.g. a document or a customer; without it the `source` of an item
    where it has one. Name the id column to split items one by one."""
    filter: dict[Text, Scalar | list[Scalar]] = Field(default_factory=dict[str, Any])
    """Keep only the rows whose columns have these values (a list: any of them)."""
    on_leak: Literal["refuse", "drop"] = "refuse"
    """What to do with evaluation items that stand in train or tune too: refuse the workload, or drop them from
    train and tune (the count is reported)."""

    @model_validator(mode="after")
    def _one_way(self) -> Data:
        if self.items is None and self.evaluation is None:
            _refuse(
                "neither `items` nor `evaluation` is given", mend="name one file of `items`, or an `evaluation` file"
            )
        for name in ("train", "tune", "evaluation"):
            if self.items is not None and getattr(self, name) is not None:
                mend = "keep `items` alone (it is split by the seed), or name the sets one by one"
                _refuse(f"`items` and `{name}` are both given", mend=mend, field=name)
        return self


class Bar(Section):
    """The quality that must be reached: an absolute score, or the score of a reference model."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["at_least"]}, {"required": ["reference"]}]})

    metric: Text
    """Name of a scorer, e.g. `exact_match`, `token_f1`, `accuracy`, `json_field_f1`, `rouge_l`."""
    at_least: Score | None = Field(default=None, examples=[0.85])
    """The mean score asked for, in (0, 1]."""
    reference: Text | None = None
    """Name of a model of this file whose score is the yardstick, in place of `at_least`."""
    within: Annotated[float, Field(ge=0, lt=1)] = Field(default=0.0, examples=[0.02])
    """How far below the reference is still good enough, in score points."""
    claim: Literal["population", "dataset"] = "population"
    """Whether the decision holds for the population that the items were drawn from, or for these items only."""
    alpha: OpenShare = Field(default=0.05, examples=[0.05])
    """Chance that what is chosen is below the bar, at most."""
    beta: OpenShare = Field(default=0.05, examples=[0.05])
    """Chance that what meets the bar is wrongly refused, at most."""

    @model_validator(mode="after")
    def _one_yardstick(self) -> Bar:
        if (self.at_least is None) == (self.reference is None):
            what = "neither" if self.at_least is None else "both"
            mend = "give `at_least: SCORE`, or `reference: MODEL` with `within: POINTS`"
            _refuse(f"{what} of `at_least` and `reference` given", mend=mend)
        if self.at_least is not None and self.within:
            _refuse("`within` belongs to a `reference`", mend="remove it, or name a `reference`", field="within")
        return self


class Guard(Section):
    """A second condition that must hold too: a metric, on all items or on one slice."""

    metric: Text
    """Name of a scorer."""
    at_least: Score = Field(examples=[0.85])
    """The mean score asked for, in (0, 1]."""
    slice: Text | None = None
    """Only the items of this slice; without it all items."""


class Slo(Section):
    """Latency objective: the quantile of the end-to-end latency stays below a limit."""

    latency_s: Positive = Field(examples=[0.5])
    """The limit [s]."""
    quantile: OpenShare = Field(default=0.95, examples=[0.95])
    """Which quantile, in (0, 1)."""


class Volume(Section):
    """How much is asked, and for how long: what a build is paid back over."""

    requests_per_day: Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)] = Field(examples=[10000])
    """Mean count of requests."""
    lifetime_days: Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)] = Field(examples=[365])
    """Until the decision is taken anew [days]."""


class Range(Section):
    """A figure with its range."""

    low: NotNegative = Field(examples=[30])
    """The lowest that is plausible."""
    value: NotNegative = Field(examples=[50])
    """The best guess."""
    high: NotNegative = Field(examples=[80])
    """The highest that is plausible."""

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if not self.low <= self.value <= self.high:
            _refuse("low, value and high are out of order", mend="make low <= value <= high")
        return self


class Price(Section):
    """What a provider charges; an absent price is unknown, not 0."""

    input_usd_per_mtok: NotNegative | None = Field(default=None, examples=[0.15])
    """A million input tokens [USD]."""
    output_usd_per_mtok: NotNegative | None = Field(default=None, examples=[0.6])
    """A million output tokens [USD]."""
    cached_usd_per_mtok: NotNegative | None = Field(default=None, examples=[0.075])
    """A million cached input tokens [USD]; without it as input."""


WAYS = ("path", "hf", "url", "bedrock", "command", "endpoint")


class Model(Section):
    """A model to consider, named by exactly one of `path`, `hf`, `url`, `bedrock`, `command` and `endpoint`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [way]} for way in WAYS]})

    name: Text
    """Short name, unique in the file."""
    path: Text | None = None
    """Local folder with config.json and safetensors."""
    hf: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$")] | None = None
    """Hugging Face id."""
    url: Text | None = None
    """Base URL of an OpenAI-compatible API; `model` names the model there."""
    bedrock: Text | None = None
    """Amazon Bedrock model id."""
    command: Text | None = None
    """Any command that reads JSONL and writes JSONL; it runs in the folder of this file."""
    endpoint: Text | None = None
    """URL of any HTTP service that reads JSONL and writes JSONL."""
    model: Text | None = None
    """Name of the model at the `url`."""
    engine: Text | None = None
    """Name of the engine, where it is not the usual one of `path`, `hf`, `url`, `bedrock`, `command`."""
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """Name of the environment variable that holds the key; never the key itself."""
    price: Price = Field(default_factory=Price)
    """What the provider charges."""
    parameters_b: Positive | Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = Field(
        default=None, examples=[8, [7, 70]]
    )
    """Active parameters [10^9] of a model that runs elsewhere: a number or [low, high]."""
    energy_j_per_1k_output_tokens: NotNegative | Range | None = Field(default=None, examples=[600])
    """Energy of a thousand output tokens [J] of a model that runs elsewhere."""
    options: dict[Text, Any] = Field(default_factory=dict[str, Any])
    """Declared knobs, passed to the engine."""

    @model_validator(mode="after")
    def _one_way(self) -> Model:
        given = [way for way in WAYS if getattr(self, way) is not None]
        if len(given) != 1:
            what = " and ".join(f"`{way}`" for way in given) or "no model"
            mend = "give exactly one of path, hf, url, bedrock, command, endpoint"
            _refuse(f"{what} given", mend=mend, field=given[-1] if given else "")
        if self.url is not None and self.model is None:
            _refuse("`url` without `model`", mend="add `model: ID`, the model's name at that URL", field="url")
        if self.model is not None and self.url is None:
            _refuse("`model` belongs to a `url`", mend="remove it, or give the `url`", field="model")
        for name in ("url", "endpoint"):
            address = getattr(self, name)
            if address is not None and not address.startswith(("http://", "https://")):
                _refuse(f"{address!r} is not an http(s) URL", mend="start it with http:// or https://", field=name)
        if isinstance(self.parameters_b, list) and self.parameters_b[0] > self.parameters_b[1]:
            _refuse("low is above high", mend="write [low, high]", field="parameters_b")
        return self


class Place(Section):
    """Where it runs: a region of the catalog, or a grid intensity of your own."""

    region: Text | None = None
    """A country code (`FR`) or a cloud region (`aws:eu-west-1`)."""
    grid_g_per_kwh: Intensity | Range | None = Field(default=None, examples=[56])
    """Grid intensity [gCO2e/kWh] in place of the catalog's: a number or {low, value, high}."""
    pue: Pue | None = Field(default=None, examples=[1.2])
    """Facility over IT energy, in place of the catalog's."""
    usd_per_kwh: Tariff | None = Field(default=None, examples=[0.2])
    """Electricity price for own machines [USD/kWh], in place of the catalog's."""

    @model_validator(mode="after")
    def _somewhere(self) -> Place:
        if self.region is None and self.grid_g_per_kwh is None:
            _refuse("no place is given", mend="add `region: CODE`, or `grid_g_per_kwh: NUMBER`")
        if isinstance(self.grid_g_per_kwh, Range) and 0 < self.grid_g_per_kwh.value < 1e-9:
            _refuse("is too small", mend="give 0, or 1e-09 and more", field="grid_g_per_kwh.value")
        if isinstance(self.grid_g_per_kwh, Range) and self.grid_g_per_kwh.high > GRID_RANGE[1]:
            mend = f"give {GRID_RANGE[0]:g} to {GRID_RANGE[1]:g} gCO2e/kWh"
            _refuse(f"{self.grid_g_per_kwh.high:g} cannot be", mend=mend, field="grid_g_per_kwh.high")
        return self


class Budget(Section):
    """What deciding may cost at most; what is absent has no limit."""

    kj: Positive | None = Field(default=None, examples=[500])
    """Energy [kJ]."""
    usd: Positive | None = Field(default=None, examples=[5])
    """Money [USD]."""
    minutes: Positive | None = Field(default=None, examples=[30])
    """Time [min]."""


class Owner(Section):
    """Who pays; copied into every record."""

    team: Text | None = None
    """Team."""
    cost_center: Text | None = None
    """Cost centre."""
    environment: Text | None = None
    """E.g. dev or production."""


class Methods(Section):
    """Which methods to consider, and settings by method name (`lora: {rank: 8}`)."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": {"type": "object"}})

    only: list[Text] | None = Field(default=None, min_length=1)
    """Names of the methods to consider, at least one; without it all that fit the task."""

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """Settings by method name."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _mappings(self) -> Methods:
        for name, settings in (self.model_extra or {}).items():
            if not isinstance(settings, dict):
                _refuse("settings are a mapping", mend=f"write e.g. `{name}: {{rank: 8}}`", field=name)
        return self


class WorkloadFile(Section):
    """A workload: what is asked, how well, how often, where, and what may be tried."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^/\\@.\s][^/\\@]*$")] | None = None
    """Short name, of releases too: no slash, backslash or @, and no dot or space first; without it the file's name."""
    task: Literal["classify", "extract", "answer", "generate"]
    """The kind of task: one of a fixed set of labels, a JSON object, a short answer, or free text."""
    instruction: str = ""
    """The task in your words, put before the models."""
    data: Data
    """The items."""
    knowledge: Text | None = None
    """Folder of .txt and .md files, or a JSONL file with `doc_id` and `text`, to answer from."""
    bar: Bar
    """The quality that must be reached."""
    guards: list[Guard] = Field(default_factory=list[Guard])
    """Second conditions that must hold too."""
    slo: Slo | None = None
    """Latency objective."""
    volume: Volume
    """Requests and lifetime."""
    functional_unit: Text = "answered request"
    """What one request is called in reports, e.g. `answered question`."""
    objective: Literal["carbon", "energy", "cost", "water"] = "carbon"
    """What is made smallest over the lifetime."""
    models: list[Model] = Field(default_factory=list[Model])
    """The models to consider; methods without a model are considered anyway."""
    place: Place
    """Where it runs."""
    budget: Budget = Field(default_factory=Budget)
    """What deciding may cost at most."""
    owner: Owner = Field(default_factory=Owner)
    """Who pays."""
    methods: Methods = Field(default_factory=Methods)
    """Which methods to consider, and their settings."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(default=0, examples=[0])
    """Seed of splits, order and training."""
    max_output_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = Field(default=64, examples=[64])
    """Cap on the tokens of an answer."""

    @model_validator(mode="after")
    def _names(self) -> WorkloadFile:
        names = [model.name for model in self.models]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            _refuse(f"two models are named {twice[0]!r}", mend="give each model a name of its own", field="models")
        reference = self.bar.reference
        if reference is not None and reference not in names:
            mend = f"name one of the models: {', '.join(names)}" if names else "add the model under `models:`"
            _refuse(f"no model is named {reference!r}", mend=mend, field="bar.reference")
        return self


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the workload file, for editors; published as `docs/reference/workload.schema.json`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **WorkloadFile.model_json_schema()}
    return _one_line(schema)


def _one_line(node: Any) -> Any:
    """The same tree, its descriptions without the line breaks of the source."""
    if isinstance(node, dict):
        tree = cast("dict[str, Any]", node)
        return {
            key: " ".join(value.split()) if key == "description" and isinstance(value, str) else _one_line(value)
            for key, value in tree.items()
        }
    return [_one_line(part) for part in cast("list[Any]", node)] if isinstance(node, list) else node


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2))
