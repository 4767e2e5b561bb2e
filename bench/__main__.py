"""``python -m bench list | run ID | compare A B``.

The exit status is 0 when a scenario ran, whether or not its bars hold.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.harness import find_scenario, run_scenario, scenarios
from bench.reports import comparison_text, read_result, result_text
from settee.core import SetteeError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="every scenario")
    listing.add_argument("--ids", action="store_true", help="ids only, one per line")
    run = commands.add_parser("run", help="run one scenario")
    run.add_argument("id")
    data = os.environ.get("SETTEE_DATA")
    run.add_argument(
        "--data",
        type=Path,
        default=Path(data) if data else None,
        help="folder of real data (default: SETTEE_DATA; without it data is made up)",
    )
    run.add_argument("--json", type=Path, help="write the result to this file")
    run.add_argument("--quick", action="store_true", help="a smoke test of under a minute")
    run.add_argument(
        "--test", type=Path, help="a table that was held back and alone judges, where there is one"
    )
    compare = commands.add_parser("compare", help="two results side by side")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    return parser


def _run(asked: argparse.Namespace) -> None:
    result = run_scenario(find_scenario(asked.id), asked.data, asked.quick, asked.test)
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(result_text(result))


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    asked = _parser().parse_args(words)
    try:
        if asked.command == "list":
            for one in scenarios().values():
                print(one.id if asked.ids else f"{one.id:20} {one.summary}")
        elif asked.command == "run":
            _run(asked)
        else:
            print(comparison_text(read_result(asked.before), read_result(asked.after)))
    except SetteeError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
