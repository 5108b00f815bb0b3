"""A child for the supervisor's tests: answers 200 on a loopback port, or misbehaves as told.

Usage: a_child.py PORT [deaf | brief | config] ; tells its process id on standard output.
"""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from livehall.server.process import die_with_parent


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def main(port: int, manner: str) -> None:
    print(f"pid {os.getpid()}", flush=True)
    if manner == "brief":
        sys.exit(1)
    if manner == "config":
        sys.exit(78)
    if manner == "orphan":
        die_with_parent(os.getppid())
    if manner == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    HTTPServer(("127.0.0.1", port), Answer).serve_forever()


main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
