"""Write the three example data sets. The same seed writes the same bytes.

python examples/make_data.py --seed 7
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import intents_data
import policy_data
import records_data

HERE = Path(__file__).parent
SPLITS = ("train", "tune", "eval")


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """One JSON object per line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    """Write every split of every example, and the knowledge folder."""
    parser = argparse.ArgumentParser(description="Write the example data sets.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: examples/)")
    args = parser.parse_args()

    files, policy_rows = policy_data.knowledge_and_rows(args.seed)
    policy_data.write_knowledge(files, args.out / "policy" / "knowledge")
    for split in SPLITS:
        write_rows(args.out / "intents" / f"{split}.jsonl", intents_data.rows(split, args.seed))
        write_rows(args.out / "policy" / f"{split}.jsonl", policy_rows[split])
        write_rows(args.out / "records" / f"{split}.jsonl", records_data.rows(split, args.seed))


if __name__ == "__main__":
    main()
