"""The command line: parse, call, format. Heavy parts are imported by the command that needs them."""

from __future__ import annotations

import sys

from rung.errors import RungError

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code.

    0 done, 1 nothing passes (or a budget ran out), 2 bad input or environment, 130 interrupted. An error is two lines
    on stderr: the problem and the mend.
    """
    import click

    from rung.cli.app import command

    try:
        result = command().main(args=arguments, prog_name="rung", standalone_mode=False)
    except RungError as error:
        print(f"error: {error.problem}\n mend: {error.mend}", file=sys.stderr)
        return error.exit_code
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`rung ledger | head`); that is no error of ours.
        sys.stderr.close()
        return 0
    return result if isinstance(result, int) else 0
