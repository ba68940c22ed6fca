"""Words that the pretraining mix shares with what the example evaluation sets ask for.

Function words, digits and clock forms are shared by design; entities and values must not be. Invented names may
coincide with a town by chance, so they are not compared. Prints the shared words and exits with 1 when there are any.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import lexicon

EXAMPLES = Path(__file__).parent.parent
SHARED_BY_DESIGN = set(lexicon.NUMBER_WORDS)


def mix_words() -> set[str]:
    """Every word of the fixed lists that the mix draws its subjects and values from."""
    lists = [value for name, value in vars(lexicon).items() if name.isupper() and isinstance(value, list)]
    topics = [[label, *words] for label, words in lexicon.TOPICS.items()]
    return {word.lower() for words in lists + topics for word in words} - set(
        lexicon.ONSETS + lexicon.VOWELS + lexicon.CODAS
    )


def asked_words() -> set[str]:
    """Every word in the answers of the example evaluation sets, and every town in the questions."""
    found: set[str] = set()
    for name in ("intents", "policy", "records"):
        for line in (EXAMPLES / name / "eval.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            answer = (
                " ".join(str(v) for v in json.loads(row["output"]).values()) if name == "records" else row["output"]
            )
            towns = re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", row["input"]) if name == "policy" else []
            found |= {word.lower() for word in [*re.findall(r"[A-Za-z]+", answer.replace("_", " ")), *towns]}
    return found


def main() -> int:
    """Print the words in common."""
    shared = sorted((mix_words() & asked_words()) - SHARED_BY_DESIGN)
    print(json.dumps({"mix": len(mix_words()), "asked": len(asked_words()), "shared": shared}))
    return 1 if shared else 0


if __name__ == "__main__":
    sys.exit(main())
