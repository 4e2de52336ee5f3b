#!/usr/bin/env python3
"""Asks SGLang's own parser whether it accepts arguments of its server.

    check_sglang_args.py < LINES

Reads one JSON array of arguments a line (`python3 -m sglang.launch_server` may stand before
them) and prints one line each: `ok`, or what the parser has against it. Only names, choices
and types are checked: what depends on a model or a GPU is not. Needs sglang.
"""

import argparse
import contextlib
import io
import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

from sglang.srt.server_args import ServerArgs


def check(parser, argv):
    """None, or why the parser refuses these arguments."""
    if "sglang.launch_server" in argv:
        argv = argv[argv.index("sglang.launch_server") + 1 :]
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            parser.parse_args(argv)
    except SystemExit:
        return said.getvalue().strip().splitlines()[-1]
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    parser = argparse.ArgumentParser(prog="sglang.launch_server", allow_abbrev=False)
    ServerArgs.add_cli_args(parser)
    for line in sys.stdin:
        why = check(parser, json.loads(line))
        print("ok" if why is None else " ".join(why.split()), flush=True)


if __name__ == "__main__":
    main()
