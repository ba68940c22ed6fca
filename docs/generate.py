"""Writes the pages of the reference that are read off the code: commands, workload file, built-in parts, factors.

python docs/generate.py            write them
python docs/generate.py --check    exit 1 and name those that are out of date
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import importlib.util
import inspect
import sys
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rung import catalog
from rung.cli.app import command
from rung.engines.room import BUILT_IN as ENGINES
from rung.evaluation.figures import CORPUS, LABELS
from rung.evaluation.metrics import BUILT_IN as SCORERS
from rung.evaluation.metrics import (
    RANKED,
    RESPONSE_BUILT_IN,
    AllReferencesScorer,
    AnswerScorer,
    ResponseMetric,
    TextScorer,
)
from rung.methods import all_methods
from rung.types import Quantity, Rung, Scorer
from rung.workload import json_schema

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py from the code. Change the code, then run it again. -->\n"


def pages() -> dict[str, str]:
    """Path under `docs/` -> content."""
    return {
        "reference/cli.md": NOTE + cli_page(),
        "reference/workload-file.md": NOTE + workload_page(json_schema()),
        "reference/built-in.md": NOTE + built_in_page(),
        "reference/factors.md": NOTE + factors_page(),
    }


def table(columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A Markdown table; the bars in cells are escaped."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


# -- commands ----------------------------------------------------------------------------------------------------------


def cli_page() -> str:
    """Every command with its arguments and options."""
    root = command()
    parts = [
        "# Commands\n",
        f"{root.help}\n",
        "Data goes to stdout, talk goes to stderr. Exit codes are in [Exit codes and errors](exit-codes.md). "
        "`rung --version` prints the version; `-h` and `--help` work everywhere.\n",
        table(
            ("command", "what it does"),
            ((f"[`{name}`](#{anchor(name)})", first_line(found)) for name, found in commands(root)),
        ),
    ]
    parts += [command_section(name, found) for name, found in commands(root)]
    return "\n".join(parts)


def commands(group: Any, before: str = "rung") -> Iterator[tuple[str, Any]]:
    """Full name and command, in the order of `--help`; groups come before what is in them."""
    for name, found in group.commands.items():
        yield f"{before} {name}", found
        if hasattr(found, "commands"):
            yield from commands(found, f"{before} {name}")


def anchor(name: str) -> str:
    """The anchor of a command's heading."""
    return name.replace(" ", "-")


def first_line(found: Any) -> str:
    """The first sentence of a command's help."""
    return str(found.help).splitlines()[0]


def command_section(name: str, found: Any) -> str:
    """One command."""
    arguments = [p for p in found.params if p.param_type_name == "argument"]
    options = [p for p in found.params if p.param_type_name == "option"]
    words = [name, *(["[OPTIONS]"] if options else []), *(usage_of(p) for p in arguments)]
    if hasattr(found, "commands"):
        words = [name, "[COMMAND]"]
    lines = [f"## `{name}` {{#{anchor(name)}}}\n", f"{found.help}\n", "```text", " ".join(words), "```\n"]
    if arguments:
        lines.append(table(("argument", "what it is"), ((f"`{p.metavar}`", help_of(found, p)) for p in arguments)))
    if options:
        lines.append(table(("option", "what it does"), ((option_form(p), option_words(p)) for p in options)))
    return "\n".join(lines)


def usage_of(parameter: Any) -> str:
    """An argument in the usage line."""
    metavar = str(parameter.metavar or parameter.name.upper())
    return metavar if parameter.required or metavar.startswith("[") else f"[{metavar}]"


def help_of(found: Any, parameter: Any) -> str:
    """The help of an argument, as it was declared."""
    if parameter.help:
        return str(parameter.help)
    hints = typing.get_type_hints(inspect.unwrap(found.callback), include_extras=True)
    return str(getattr(hints[parameter.name], "__metadata__", (None,))[0].help)


def option_form(option: Any) -> str:
    """How an option is written."""
    form = ", ".join(option.opts)
    if option.is_flag:
        return f"`{form}`"
    choices = getattr(option.type, "choices", None)
    value = "|".join(str(getattr(c, "value", c)) for c in choices) if choices else str(option.type.name).upper()
    return f"`{form} {value}`"


def option_words(option: Any) -> str:
    """What an option does, its default and its environment variable."""
    words = str(option.help)
    if not option.is_flag and option.default is not None:
        words += f" Default: `{getattr(option.default, 'value', option.default)}`."
    if option.envvar:
        words += f" Or the environment variable `{option.envvar}`."
    return words


# -- workload file -----------------------------------------------------------------------------------------------------


def workload_page(schema: Mapping[str, Any]) -> str:
    """Every field of the workload file, section by section."""
    lines = [
        "# Workload file\n",
        "Every field, read off the JSON Schema. `rung schema` prints that schema, and `rung init` puts it beside the "
        "file that it drafts; editors that know the YAML language server then complete and check as you type. "
        "[Write a workload file](../guide/workload-file.md) is the way in.\n",
        "A field that is not listed here is refused. Text is never taken for a number, and a number never for text.\n",
        "## The file\n",
        fields_table(schema, schema),
    ]
    for name, section in sections(schema):
        node = schema["$defs"][section]
        lines += [f"## `{name}` {{#{section.lower()}}}\n", f"{node['description']}\n", rules(node)]
        lines.append(fields_table(schema, node))
    return "\n".join(line for line in lines if line)


def sections(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Dotted field name and definition of every section, each once, in the order of the file."""
    seen: set[str] = set()

    def inside(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
        for name, field in node["properties"].items():
            for section, many in references(field):
                if section in seen:
                    continue
                seen.add(section)
                dotted = f"{prefix}{name}" + ("[]" if many else "")
                yield dotted, section
                yield from inside(schema["$defs"][section], f"{dotted}.")

    return inside(schema, "")


def references(field: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Definitions that a field names, and whether as a list of them."""
    for node in (field, *field.get("anyOf", ())):
        if "$ref" in node:
            yield node["$ref"].rsplit("/", 1)[-1], False
        elif "$ref" in node.get("items", {}):
            yield node["items"]["$ref"].rsplit("/", 1)[-1], True


def rules(node: Mapping[str, Any]) -> str:
    """Which fields exclude each other."""
    ways = [f"`{way['required'][0]}`" for way in node.get("oneOf", ())]
    return f"Exactly one of {', '.join(ways)}.\n" if ways else ""


def fields_table(schema: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """The fields of one section."""
    required = set(node.get("required", ()))
    return table(
        ("field", "value", "default", "what it is"),
        (
            (f"`{name}`", value_of(field), default_of(name, field, required), field.get("description", ""))
            for name, field in node["properties"].items()
        ),
    )


def default_of(name: str, field: Mapping[str, Any], required: set[str]) -> str:
    """`required`, the default, or nothing."""
    if name in required:
        return "required"
    default = field.get("default")
    return "" if default in (None, "", [], {}) or isinstance(default, dict) else f"`{default}`"


def value_of(field: Mapping[str, Any]) -> str:
    """The kind of value, in words."""
    if "anyOf" in field:
        kinds = [value_of(node) for node in field["anyOf"] if node.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "$ref" in field:
        section = field["$ref"].rsplit("/", 1)[-1]
        return f"[{section.lower()}](#{section.lower()})"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    kind = field.get("type")
    if kind == "array":
        return f"list of {value_of(field.get('items', {}))}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "mapping"}
    return words.get(str(kind), str(kind or "any value")) + limits_of(field)


def limits_of(field: Mapping[str, Any]) -> str:
    """The range of a number."""
    signs = (("exclusiveMinimum", "> "), ("minimum", ">= "), ("exclusiveMaximum", "< "), ("maximum", "<= "))
    found = [f"{sign}{field[name]}" for name, sign in signs if name in field]
    return f" {', '.join(found)}" if found else ""


# -- built-in parts ----------------------------------------------------------------------------------------------------


def built_in_page() -> str:
    """Methods, scorers and engines that ship."""
    return "\n".join(
        [
            "# Methods, scorers, engines\n",
            "What ships. Packages can add to each list: [Plugins](plugins.md).\n",
            "## Methods\n",
            "The names that `methods.only` and the settings under `methods` use. A method that does not fit a workload "
            "proposes nothing.\n",
            table(("method", "rung", "what it is"), methods()),
            f"The ladder, lowest first: {', '.join(f'`{rung.value}`' for rung in Rung)}.\n",
            "## Scorers\n",
            "The names that `bar.metric` and `guards[].metric` use. A score is the best over an item's references.\n",
            "`numeric:0.01` and `regex:PATTERN` carry a parameter. `embedding_similarity` needs an embedder "
            "(`rung eval --embedder`). [Metrics](../concepts/metrics.md) has ranges, sources and what each needs.\n",
            table(("metric", "0 or 1 only", "what it is"), scorers()),
            "## Scorers of responses\n",
            "What an evaluation takes besides the scorers above: metrics of passages, citations and harm. They see the "
            "whole response, and may say that they do not apply.\n",
            table(("metric", "better", "what it is"), response_scorers()),
            "Figures of the whole data set, which `rung eval --metric` takes, too: "
            f"{', '.join(f'`{name}`' for name in (*LABELS, *CORPUS))}.\n",
            "## Engines\n",
            table(("engine", "what it runs"), engines()),
        ]
    )


def methods() -> Iterator[tuple[str, str, str]]:
    """The methods of this package, lowest rung first; those of plugins stay out of the page."""
    for name, method in all_methods().items():
        if type(method).__module__.startswith("rung."):
            yield f"`{name}`", f"`{method.rung.value}`", paragraph(inspect.getdoc(type(method))) + settings_of(method)


def settings_of(method: Any) -> str:
    """What tells one method of a class from another."""
    fields = dataclasses.fields(method) if dataclasses.is_dataclass(method) else ()
    told = [(field.name, getattr(method, field.name)) for field in fields if field.name not in ("name", "rung")]
    plain = [f"{name} {value}" for name, value in told if isinstance(value, str | int)]
    return f" ({', '.join(plain)})" if plain else ""


def scorers() -> Iterator[tuple[str, str, str]]:
    """The scorers of this package."""
    for name, found in SCORERS.items():
        binary = "yes" if getattr(found, "binary", False) else "no"
        yield f"`{name}`", binary, scorer_words(name, found)


def scorer_words(name: str, found: Scorer) -> str:
    """What a scorer compares."""
    if name == "accuracy":
        return "`exact_match`, under the name it has for labels."
    about: Any = type(found)
    if isinstance(found, TextScorer | AllReferencesScorer):
        about = found.compare
    elif isinstance(found, AnswerScorer):
        about = found.judge
    return paragraph(inspect.getdoc(about))


def response_scorers() -> Iterator[tuple[str, str, str]]:
    """The scorers of responses of this package; those with a count of passages once."""
    for base, compare in RANKED.items():
        yield f"`{base}@5`", "higher", paragraph(inspect.getdoc(compare))
    for name, found in RESPONSE_BUILT_IN.items():
        about: Any = found.compare if isinstance(found, ResponseMetric) else type(found)
        yield f"`{name}`", "higher" if found.higher_is_better else "lower", paragraph(inspect.getdoc(about))


def engines() -> Iterator[tuple[str, str]]:
    """The engines of this package, from the docstrings of their modules (read, not imported: extras may be absent)."""
    for name, module in ENGINES.items():
        if name == "transformers":  # its module makes engines; the words are for readers
            yield (
                f"`{name}`",
                "Local weights, as a folder or a Hugging Face id: safetensors only, no code of a model's own.",
            )
            continue
        spec = importlib.util.find_spec(module)
        source = Path(str(spec.origin if spec else "")).read_text(encoding="utf-8")
        yield f"`{name}`", paragraph(ast.get_docstring(ast.parse(source)))


def paragraph(doc: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((doc or "").split("\n\n")[0].split())


# -- factors -----------------------------------------------------------------------------------------------------------


def factors_page() -> str:
    """Regions, zones and the numbers behind a footprint."""
    return "\n".join(
        [
            "# Factors and regions\n",
            "The numbers that turn joules into carbon, water and money, as shipped. Each is a row with low, value, "
            "high, year and source; `checked` says how far the row can be trusted: `file` was compared with a "
            "published data file, `doc` was read in the publisher's document, `memory` is common knowledge that nobody "
            "has looked up yet. `CONTRIBUTING.md` says how to add a row.\n",
            "## Grid zones\n",
            "What `place.region` takes for a machine of your own. The intensity is a yearly average, location-based.\n",
            table(("zone", "name", "gCO2e/kWh", "basis", "year", "checked", "source"), zones()),
            "## Cloud regions\n",
            "What `place.region` takes for a cloud. Regions on one grid share its intensity and its error.\n",
            table(("region", "place", "zone", "PUE", "site water, L/kWh"), regions()),
            "## Where no region is given\n",
            "A workload that gives `grid_g_per_kwh` and no region gets these for the rest; the report says so.\n",
            table(("factor", "value", "checked", "source"), elsewhere()),
            "## Embodied carbon\n",
            table(("factor", "value", "checked", "source"), embodied()),
        ]
    )


def zones() -> Iterator[tuple[str, ...]]:
    """Every grid zone."""
    for zone in catalog.zones():
        row, fact = catalog.grid(zone), catalog.grid(zone).intensity
        figure = span(fact.quantity)
        yield f"`{zone}`", row.name, figure, row.basis, str(fact.year), fact.checked, fact.source


def regions() -> Iterator[tuple[str, ...]]:
    """Every cloud region."""
    for region in catalog.regions():
        row = catalog.grid(region)
        if row.provider is not None:
            yield f"`{region}`", row.name, row.zone, span(row.pue.quantity), span(row.wue.quantity)


def elsewhere() -> Iterator[tuple[str, ...]]:
    """The rows for an unknown place."""
    for name, place, key in (
        ("PUE", "pue", "own"),
        ("site water", "wue", "own"),
        ("grid water", "grid_water", "world"),
        ("tariff", "tariffs", "world"),
    ):
        fact = catalog.keyed(place, key)
        yield name, f"{span(fact.quantity)} {fact.quantity.unit}", fact.checked, fact.source


def embodied() -> Iterator[tuple[str, ...]]:
    """What making a core costs, and how long it is used."""
    for key in ("server-vcpu", "server-lifetime"):
        fact = catalog.keyed("embodied", key)
        yield f"`{key}`", f"{span(fact.quantity)} {fact.quantity.unit}", fact.checked, fact.source


def span(quantity: Quantity) -> str:
    """`value (low to high)`."""
    return f"{quantity.value:g} ({quantity.low:g} to {quantity.high:g})"


# -- the command -------------------------------------------------------------------------------------------------------


def stale(folder: Path = HERE) -> list[str]:
    """Pages that are absent or out of date."""
    found = ((name, folder / name, text) for name, text in pages().items())
    return [name for name, path, text in found if not path.is_file() or path.read_text(encoding="utf-8") != text]


def main() -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is out of date")
    if parser.parse_args().check:
        old = stale()
        for name in old:
            print(f"docs/{name} is out of date: run python docs/generate.py", file=sys.stderr)
        return 1 if old else 0
    for name, text in pages().items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
