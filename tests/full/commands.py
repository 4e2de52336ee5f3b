#!/usr/bin/env python3
"""Prints the command lines of engines in generated scripts, one JSON array a line.

    commands.py LAUNCHER DIR...

LAUNCHER is what stands before the arguments, such as `vllm serve`. Addresses and ports that the
scripts fill in become those of one machine.
"""

import json
import re
import shlex
import sys
from pathlib import Path


def commands(text, launcher):
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        if launcher in line and line.rstrip().endswith("&"):
            line = re.sub(r'"\$\{(HOST|NODE_\d+)\}"', "127.0.0.1", line)
            line = line.replace('"${HTTP_PORT}"', "8000")
            yield shlex.split(launcher + line.rstrip(" &").split(launcher, 1)[1])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    seen = set()
    for folder in sys.argv[2:]:
        for script in sorted(Path(folder).glob("run_*.sh")):
            for argv in commands(script.read_text(), sys.argv[1]):
                line = json.dumps(argv)
                if line not in seen:
                    seen.add(line)
                    print(line)


if __name__ == "__main__":
    main()
