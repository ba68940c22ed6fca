"""The three sets of a workload: read, split where the user has not, and checked against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rung.errors import BadData, LeakedItems
from rung.workload.data import ColumnMap, ItemSet, Row, read_items
from rung.workload.records import Splits
from rung.workload.schema import WorkloadFile
from rung.workload.splits import find_leaks, repeated_inputs, split_rows, without_leaks
from rung.workload.suggest import close_match
from rung.workload.tables import RowProblem
from rung.workload.yamlfile import YamlFile

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets, and what was done to them that the user should know."""

    splits: Splits
    notes: tuple[str, ...]


def load_sets(file: YamlFile, content: WorkloadFile) -> Sets:
    """Read, split and check the items of a workload.

    Raises:
        BadData: a file, column or row cannot be used; a set is too small; a label is unseen in train.
        LeakedItems: evaluation items stand in train or tune, and `data.on_leak` is `refuse`.
    """
    return make_sets(content, _read(file, content))


def make_sets(content: WorkloadFile, found: Mapping[str, ItemSet]) -> Sets:
    """Split and check items that were read, by the name of their field under `data`; raises like `load_sets`."""
    data = content.data
    notes: list[str] = []
    train, tune, evaluation = _made(content, found, notes)
    _check_size(evaluation)
    others = {"train": train, "tune": tune}
    groups = data.group_by is not None
    if data.on_leak == "drop":
        train, tune = (_dropped(other, evaluation, name, notes, groups=groups) for name, other in others.items())
    else:
        for name, other in others.items():
            _refuse_leaks(evaluation, other, name, groups=groups)
    if content.task == "classify":
        for other in (evaluation, tune):
            _check_labels(other, train)
    notes += _repeats(evaluation)
    return Sets(Splits(train.items, tune.items, evaluation.items), tuple(notes))


def _read(file: YamlFile, content: WorkloadFile) -> dict[str, ItemSet]:
    data = content.data
    columns = ColumnMap(**data.columns.model_dump(), group_by=data.group_by)
    found: dict[str, ItemSet] = {}
    for name in ("items", "train", "tune", "evaluation"):
        given: str | None = getattr(data, name)
        if given is None:
            continue
        try:
            found[name] = read_items(file.path.parent / given, content.task, columns=columns, keep=data.filter)
        except BadData as error:
            raise BadData(f"{file.where(('data', name))}: {error.problem}", mend=error.mend) from error
    return found


def _made(content: WorkloadFile, found: Mapping[str, ItemSet], notes: list[str]) -> tuple[ItemSet, ItemSet, ItemSet]:
    """Train, tune and evaluation; those that the user does not name are made by the seed."""
    split, classify = content.data.split, content.task == "classify"
    if "items" in found:
        whole = found["items"]
        shares = (split.train, split.tune, split.evaluation)
        train, tune, evaluation = (
            whole.kept(rows) for rows in split_rows(whole.rows, shares, seed=content.seed, stratify=classify)
        )
        sizes = f"{len(train.rows)} train, {len(tune.rows)} tune and {len(evaluation.rows)} evaluation"
        notes.append(f"{len(whole.rows)} items split by seed {content.seed} into {sizes}")
        return train, tune, evaluation
    evaluation = found["evaluation"]
    nothing = evaluation.kept(())
    train = found.get("train", nothing)
    if "tune" in found or not train.rows:
        return train, found.get("tune", nothing), evaluation
    rest, taken = split_rows(train.rows, (1 - split.tune, split.tune), seed=content.seed, stratify=classify)
    notes.append(f"{len(taken)} of {len(train.rows)} train items taken as tune set by seed {content.seed}")
    return train.kept(rest), train.kept(taken), evaluation


def _check_size(evaluation: ItemSet) -> None:
    count = len(evaluation.rows)
    if count < 2:
        raise BadData(
            f"{evaluation.path}: {count} evaluation item{'' if count == 1 else 's'}: "
            "one answer, right or wrong, says nothing about the rest",
            mend="give at least 2, better some hundreds: the nearer a candidate is to the bar, the more it takes",
        )


def _refuse_leaks(evaluation: ItemSet, other: ItemSet, name: str, *, groups: bool) -> None:
    leaks = find_leaks(evaluation.rows, other.rows, groups=groups)
    if not leaks:
        return
    shown = leaks[:_MOST_NAMED]
    pairs = ", ".join(f"{leak.evaluation.place} ({leak.why} as {leak.other.place})" for leak in shown)
    more = f" and {len(leaks) - len(shown)} more" if len(leaks) > len(shown) else ""
    raise LeakedItems(
        f"{len(leaks)} of {len(evaluation.rows)} evaluation items stand in {name} too: "
        f"{evaluation.path} {evaluation.unit} {pairs}{more}, {other.path}",
        mend=f"remove them from {name}, or write `on_leak: drop` under `data:` to have that done",
    )


def _dropped(other: ItemSet, evaluation: ItemSet, name: str, notes: list[str], *, groups: bool) -> ItemSet:
    kept = without_leaks(other.rows, evaluation.rows, groups=groups)
    gone = len(other.rows) - len(kept)
    if gone:
        notes.append(f"{gone} of {len(other.rows)} {name} items dropped: they stand in evaluation too")
    return other.kept(kept)


def _check_labels(held: ItemSet, train: ItemSet) -> None:
    """Every label can be learnt: it has an item in train."""
    known = {row.item.output for row in train.rows}
    problems: list[RowProblem] = []
    for row in held.rows:
        unseen = [label for label in row.item.references if label not in known]
        if len(unseen) == len(row.item.references):
            near = close_match(unseen[0], known)
            what = f"the label {unseen[0]!r} has no train item"
            mend = "add train items with it, correct it, or remove the row"
            problems.append(RowProblem(row.place, what, f"{near} {mend}" if near else mend))
    if problems:
        raise held.error(problems)


def _repeats(evaluation: ItemSet) -> list[str]:
    repeats = repeated_inputs(evaluation.rows)
    if not repeats:
        return []
    count = sum(len(rows) - 1 for rows in repeats.values())
    first: tuple[Row, ...] = next(iter(repeats.values()))
    where = " and ".join(str(row.place) for row in first[:2])
    return [
        f"{count} of {len(evaluation.rows)} evaluation items repeat another's input (first: {evaluation.unit} {where})"
    ]
