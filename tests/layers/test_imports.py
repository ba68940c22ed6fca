"""What an import costs, and what each package gives: its `__all__` is exact."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import rung

HEAVY = ("torch", "transformers", "peft", "sklearn", "scipy", "numpy", "httpx", "pydantic", "psutil", "boto3", "jinja2")
FIRST_STEPS = {
    "import rung": "import rung",
    "import rung.cli": "import rung.cli",
    "rung --help": "from rung.cli import main; assert main(['--help']) == 0",
    "rung --version": "from rung.cli import main; assert main(['--version']) == 0",
    "rung climb --help": "from rung.cli import main; assert main(['climb', '--help']) == 0",
}


def modules_after(script: str) -> set[str]:
    """The modules that a fresh interpreter holds after a script."""
    code = f"import sys, json\n{script}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.capability("light-start", verified="real")
@pytest.mark.parametrize("script", FIRST_STEPS.values(), ids=FIRST_STEPS)
def test_the_first_steps_import_nothing_heavy(script: str):
    held = modules_after(script)
    assert "rung" in held
    assert not held & set(HEAVY)


def test_the_check_sees_a_heavy_import():
    assert "numpy" in modules_after("import numpy") & set(HEAVY)


@pytest.mark.parametrize("module", ["rung.engines", "rung.methods", "rung.workload", "rung.climb", "rung.report"])
def test_no_package_of_ours_brings_torch_or_transformers(module: str):
    assert not modules_after(f"import {module}") & {"torch", "transformers", "peft", "sklearn"}


def packages() -> list[str]:
    found = pkgutil.walk_packages([str(Path(next(iter(rung.__path__))))], "rung.")
    return ["rung", *(module.name for module in found if module.ispkg)]


def made_in(module: ModuleType) -> set[str]:
    """The public names of a package that are made in it: neither its modules nor what it imports for its own use."""
    names: set[str] = set()
    for name, value in vars(module).items():
        if name.startswith("_") or name in {"annotations", "TYPE_CHECKING", "lazily"} or isinstance(value, ModuleType):
            continue
        origin = str(getattr(value, "__module__", module.__name__))
        if f"{origin}.".startswith(f"{module.__name__}."):
            names.add(name)
    return names


@pytest.mark.parametrize("name", packages())
def test_what_a_package_gives_is_what_its_all_says(name: str):
    module = importlib.import_module(name)
    assert "__all__" in vars(module), f"{name} has no __all__"
    stated: list[str] = module.__all__
    assert len(set(stated)) == len(stated)
    assert all(hasattr(module, one) for one in stated), "a name is stated that is not there"
    assert made_in(module) <= {*stated}, "a public name is not stated"


@pytest.mark.parametrize("name", packages())
def test_no_package_imports_by_star(name: str):
    module = importlib.import_module(name)
    for file in Path(str(module.__file__)).parent.glob("*.py"):
        assert " import *" not in file.read_text(encoding="utf-8"), file.name


def test_the_layers_hold():
    script = Path(sys.executable).with_name("lint-imports")
    if not script.exists():
        pytest.skip("import-linter is not installed")
    root = Path(__file__).parents[2]
    done = subprocess.run([script, "--no-cache"], cwd=root, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout
    assert "Contracts: 2 kept, 0 broken" in done.stdout
