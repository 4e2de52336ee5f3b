"""Asks an engine's parser about command lines, one JSON array of arguments a line of the input.

Prints one line each: `ok`, or what the engine has against it.
"""

import contextlib
import io
import json
import sys


def after(argv, start):
    """What stands after the words that start a server."""
    return argv[len(start) :] if argv[: len(start)] == start else argv


def ask(start, accept):
    """Prints what `accept` says of each line: it raises an error or exits when it refuses."""
    for line in sys.stdin:
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
                accept(after(json.loads(line), start))
            why = "ok"
        except SystemExit:
            why = said.getvalue().strip().splitlines()[-1]
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
        print(" ".join(why.split()), flush=True)
