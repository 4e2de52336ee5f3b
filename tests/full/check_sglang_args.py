#!/usr/bin/env python3
"""Asks SGLang's own parser whether it accepts arguments of its server.

    check_sglang_args.py < LINES

Lines and answers are those of arguments.py. Only names, choices and types are checked: what
depends on a model or a GPU is not. Needs sglang.
"""

import argparse
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

from arguments import ask
from sglang.srt.server_args import ServerArgs

if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    parser = argparse.ArgumentParser(prog="sglang.launch_server", allow_abbrev=False)
    ServerArgs.add_cli_args(parser)
    ask(["python3", "-m", "sglang.launch_server"], parser.parse_args)
