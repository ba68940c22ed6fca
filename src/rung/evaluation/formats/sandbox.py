"""The sandbox in which templates of users run: no attribute of Python, and bounds on what they may make.

Jinja's own sandbox bounds `range` alone. Here every pass of a loop and every call counts, and what would make a text
or a number beyond a limit is refused before it is made.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final, cast

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_STEPS: Final = 100_000
"""Passes of loops and calls in one rendering."""

MOST_CHARACTERS: Final = 10_000_000
"""Of a text that a template makes; elements of a list, too."""

MOST_MADE: Final = 100_000_000
"""Of all texts and lists that one rendering makes on its way."""

MOST_COUNT: Final = 100_000
"""Of an integer given to a filter or a method: widths, repeats."""

MOST_BITS: Final = 10_000
"""Of an integer that a template makes."""

MOST_SECONDS: Final = 5.0
"""For one rendering; the counts above end what is meant to hang, this what they miss."""

_WIDTH: Final = re.compile(r"\d{6,}")
_NESTED: Final = re.compile(r"\{[^{}]*\{[^{]")
_LOOP: Final = "rung_loop"
_JOINED: Final = "rung_joined"


class TooMuch(SecurityError):
    """A template makes or takes more than it may."""


class Budget:
    """What one rendering has used."""

    def __init__(self) -> None:
        self._steps = 0
        self._written = 0
        self._made = 0
        self._until = time.monotonic() + MOST_SECONDS

    def step(self) -> None:
        """Count a pass of a loop, or a call."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooMuch(f"the template takes more than {MOST_STEPS} steps")
        self.look()

    def look(self) -> None:
        """End a rendering that takes too long."""
        if time.monotonic() > self._until:
            raise TooMuch(f"the template takes more than {MOST_SECONDS:g} s")

    def make(self, size: int) -> None:
        """Count characters or elements that may be kept."""
        self._made += size
        if self._made > MOST_MADE:
            raise TooMuch(f"the template makes more than {MOST_MADE} characters or elements in all")

    def write(self, characters: int) -> None:
        """Count what goes into the text."""
        self._written += characters
        _bounded(self._written)


BUDGET: ContextVar[Budget | None] = ContextVar("rung_template_budget", default=None)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with the bounds above."""

    intercepted_binops = frozenset(("*", "**", "+", "%"))

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False, finalize=_counted, cache_size=0
        )
        del self.globals["lipsum"]
        self.filters = {name: _guarded(name, one) for name, one in self.filters.items()}
        self.filters |= {_LOOP: _passes, _JOINED: _joined}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """The tree of a template, its loops and `~` made to count."""
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _LOOP, [], [], None, None, lineno=loop.lineno)
        return cast("nodes.Template", _rewritten(tree))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuses a product, a power, a sum or a `%` that would be too large."""
        _step()
        _check_operation(operator, left, right)
        return _made(super().call_binop(context, operator, left, right))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 (as in Jinja)
        """Counts the call and refuses what it would blow up."""
        _step()
        owner = getattr(__obj, "__self__", None)
        if __obj is not __self.globals.get("range"):  # Jinja bounds it, and says so
            _check_call(getattr(__obj, "__name__", ""), owner, args, kwargs)
        return _made(super().call(__context, __obj, *args, **kwargs))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`str.format` in Jinja's sandbox; it refuses great widths, and those that are fields themselves."""
        made = super().wrap_str_format(value)
        if made is None:
            return None
        form: str = value.__self__

        @functools.wraps(made)
        def bounded(*args: Any, **kwargs: Any) -> str:
            _check_format(form)
            if _NESTED.search(form):
                raise TooMuch("a format asks for a width that is a field itself")
            return made(*args, **kwargs)

        return bounded


def _rewritten(node: nodes.Node) -> nodes.Node:
    """A tree whose `a ~ b` is a filter that looks at the length first."""
    for field, value in node.iter_fields():
        if isinstance(value, list):
            many = cast("list[Any]", value)
            setattr(node, field, [_rewritten(one) if isinstance(one, nodes.Node) else one for one in many])
        elif isinstance(value, nodes.Node):
            setattr(node, field, _rewritten(value))
    if isinstance(node, nodes.Concat):
        parts = nodes.List(node.nodes, lineno=node.lineno)
        made = nodes.Filter(parts, _JOINED, [], [], None, None, lineno=node.lineno)
        return made.set_environment(node.environment) if node.environment is not None else made
    return node


def _step() -> None:
    if (budget := BUDGET.get()) is not None:
        budget.step()


def _counted(value: Any) -> Any:
    """Jinja's `finalize`: what every `{{ }}` gives goes through it."""
    if (budget := BUDGET.get()) is not None:
        text = str(value)
        budget.write(len(text))
        return text
    return value


def _passes(value: Iterable[Any]) -> Sequence[Any] | Iterator[Any]:
    """The passes of a loop, counted as they are made; a sequence keeps its length for `loop.last`."""
    return _Counted(value) if isinstance(value, list | tuple | range) else _stepping(value)


def _stepping(value: Iterable[Any]) -> Iterator[Any]:
    for one in value:
        _step()
        yield one


class _Counted(Sequence[Any]):
    def __init__(self, held: Sequence[Any]) -> None:
        self._held = held

    def __len__(self) -> int:
        return len(self._held)

    def __getitem__(self, place: Any) -> Any:
        return self._held[place]

    def __iter__(self) -> Iterator[Any]:
        return _stepping(self._held)


def _joined(parts: Sequence[Any]) -> str:
    texts = [str(part) for part in parts]
    _bounded(sum(map(len, texts)))
    return _made("".join(texts))


def _guarded(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of Jinja that looks at its arguments first; `wraps` keeps the marks by which Jinja calls it."""

    @functools.wraps(made)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        _step()
        given = args[1:] if hasattr(made, "jinja_pass_arg") else args
        if name == "format" and given:
            _check_format(str(given[0]))
        _check_call(name, given[0] if given else None, given[1:], kwargs)
        return _made(made(*args, **kwargs))

    return guarded


def _made(value: Any) -> Any:
    if (size := _size(value)) is not None:
        _bounded(size)
        if (budget := BUDGET.get()) is not None:
            budget.make(size)
    return value


def _size(value: Any) -> int | None:
    """Of a text or a list, else None."""
    return len(cast("Sequence[Any]", value)) if isinstance(value, str | list | tuple) else None


def _bounded(size: int) -> None:
    if size > MOST_CHARACTERS:
        raise TooMuch(f"the template makes more than {MOST_CHARACTERS} characters or elements")


def _check_format(form: str) -> None:
    if _WIDTH.search(form):
        raise TooMuch(f"a format asks for more than {MOST_COUNT} characters")


def _check_call(name: str, subject: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    given = (*args, *kwargs.values())
    if any(isinstance(one, int) and abs(one) > MOST_COUNT for one in given) and name != "default":
        raise TooMuch(f"{name or 'a call'} asks for more than {MOST_COUNT}")
    if name == "replace" and len(given) >= 2:
        _bounded(len(str(subject)) + str(subject).count(str(given[0])) * len(str(given[1])))
    if name == "expandtabs":
        _bounded(len(str(subject)) + str(subject).count("\t") * int(given[0] if given else 8))
    if name == "indent" and given:
        width = len(given[0]) if isinstance(given[0], str) else int(given[0])
        _bounded(len(str(subject)) + (str(subject).count("\n") + 1) * width)
    if name == "join" and given:
        # The filter joins its subject by its argument, the method its argument by its subject.
        by_method = isinstance(subject, str) and not isinstance(given[0], str)
        many, by = (given[0], subject) if by_method else (subject, given[0])
        if hasattr(many, "__len__"):
            _bounded(len(many) * len(str(by)))


def _check_operation(operator: str, left: Any, right: Any) -> None:
    if operator == "%" and isinstance(left, str):
        _check_format(left)
        values = cast("Sequence[Any]", right) if isinstance(right, tuple) else (right,)
        if any(isinstance(one, int) and abs(one) > MOST_COUNT for one in values) and "*" in left:
            raise TooMuch(f"a format asks for more than {MOST_COUNT} characters")
    if operator == "+":
        _bounded((_size(left) or 0) + (_size(right) or 0))
    if operator == "*":
        _check_repeats(left, right)
        _check_repeats(right, left)
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        if operator in ("*", "**") and bits > MOST_BITS:
            raise TooMuch("the template makes a number of thousands of digits")


def _check_repeats(many: Any, count: Any) -> None:
    if (size := _size(many)) is not None and isinstance(count, int):
        _bounded(size * count)
