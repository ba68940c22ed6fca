from __future__ import annotations

import pytest

from .conftest import Project

TABLE = """\
Model,#Params (B),Hub License,Languages,Context Window,Average
tiny,1.7,apache-2.0,"en, de",8192,41.5
middle,8,MIT License,"English, German",128k,62.0
large,70,cc-by-nc-4.0,"en, de, fr",128k,80.1
closed,,other,multilingual,200k,85.0
english,3,apache-2.0,en,32k,58.0
"""
NEED = "license=apache|mit,language=de,context>=8k"


@pytest.fixture
def leaderboard(project: Project) -> Project:
    (project.folder / "models.csv").write_text(TABLE, encoding="utf-8")
    return project


@pytest.mark.capability("shortlist", verified="real")
def test_text(leaderboard: Project) -> None:
    ran = leaderboard.rung("shortlist", "--table", "models.csv", "--need", NEED)
    assert ran.code == 0, ran
    lines = ran.out.splitlines()
    assert "  license: 'Hub License'" in lines
    assert "  parameters: '#Params (B)', in billions" in lines
    assert "2 of 5 models, by parameters, smallest first" in lines
    assert "  large: license: needed = apache | mit, got cc-by-nc-4.0" in lines
    assert "  english: language: needed = de, got en" in lines
    (closed,) = [line for line in lines if line.startswith("  closed")]
    assert "license: needed = apache | mit, and it is other, which leaves it open" in closed


@pytest.mark.capability("shortlist", verified="real")
def test_json_names_and_exit_codes(leaderboard: Project) -> None:
    found = leaderboard.rung("shortlist", "--table", "models.csv", "--need", NEED, "--json").json()
    assert found["shortlist"] == ["tiny", "middle"]
    verdicts = {one["model"]: one["verdict"] for one in found["models"]}
    assert verdicts == {"tiny": "kept", "middle": "kept", "large": "failed", "closed": "unknown", "english": "failed"}
    assert found["models"][2]["failed"] == [
        {"constraint": "license", "needed": "= apache | mit", "got": "cc-by-nc-4.0"}
    ]
    several = ("--need", "language=de", "--need", "average>=60", "--rank", "average", "--accept-unknown", "--top", "2")
    ran = leaderboard.rung("shortlist", "--table", "models.csv", *several, "--names")
    assert (ran.code, ran.out) == (0, "closed\nlarge\n")
    none = leaderboard.rung("shortlist", "--table", "models.csv", "--need", "size>1t", "--names")
    assert (none.code, none.out) == (1, "")
    front = leaderboard.rung("shortlist", "--table", "models.csv", "--front", "size,average", "--json").json()
    assert front["kept"] == ["tiny", "english", "middle", "large"]


@pytest.mark.capability("shortlist", verified="real")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--table", "none.csv"), "no such file"),
        (("--table", "models.csv", "--need", "license"), "has no ="),
        (("--table", "models.csv", "--need", "context>=8q"), "is no number"),
        (("--table", "models.csv", "--need", "speed>3"), "no column for 'speed'"),
        (("--table", "models.csv", "--rank", "size:up"), "is no direction"),
        (("--table", "models.csv", "--front", "size,"), "names no column"),
        (("--table", "models.csv", "--json", "--names"), "--json and --names"),
    ],
)
def test_errors_are_two_lines(leaderboard: Project, arguments: tuple[str, ...], problem: str) -> None:
    said, _ = leaderboard.rung("shortlist", *arguments).refused()
    assert problem in said
