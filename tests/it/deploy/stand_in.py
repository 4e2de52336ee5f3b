"""Stands in for engines and routers: notes how it was called, serves /health, ends as it is told.

CALLS is a folder: each call leaves a file there, its arguments separated by NUL. With FAIL set to a word
of the command line, that call ends with status 7 after a second.
"""
import http.server
import os
import re
import sys
import time

name = os.path.basename(sys.argv[0])
words = [name, *sys.argv[1:]]
gpus = os.environ.get("CUDA_VISIBLE_DEVICES", "")
with open(os.path.join(os.environ["CALLS"], f"{time.monotonic_ns():020}-{os.getpid()}"), "w") as call:
    call.write("\0".join([gpus, *words]))
if os.environ.get("FAIL") in words:
    time.sleep(1)
    sys.exit(7)


def after(flag):
    return words[words.index(flag) + 1] if flag in words else None


host, port = after("--host"), after("--port") or after("--http-port")
for config in filter(None, [after("-c")]):
    text = open(config).read()
    listen = re.search(r"listen ([\d.]+):(\d+);", text)
    front = re.search(r'hostname: "(.*)"\nport: (\d+)', text)
    host, port = (listen or front).groups()


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


if port:
    http.server.HTTPServer((host or "127.0.0.1", int(port)), Health).serve_forever()
while True:
    time.sleep(1)
