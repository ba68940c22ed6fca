"""The command line: parse, call, format. Heavy parts are imported by the command that needs them."""

from __future__ import annotations

import contextlib
import os
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
        sys.stdout.flush()
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
        return _reader_gone()
    except SystemExit as end:
        # click and rich turn a broken pipe into an exit of their own.
        if isinstance(end.__context__, BrokenPipeError):
            return _reader_gone()
        raise
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        mend = "check the path, its rights and the space"
        print(f"error: {where}{error.strerror or error}\n mend: {mend}", file=sys.stderr)
        if error.filename is None:
            _drop_output()
        return 2
    return result if isinstance(result, int) else 0


def _reader_gone() -> int:
    """The reader of our output went away (`rung ledger | head`); that is no error of ours."""
    _drop_output()
    return 0


def _drop_output() -> None:
    """What is still buffered for stdout would fail once more at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
