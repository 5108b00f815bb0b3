"""A container of Azure Blob Storage in memory: what our store asks of one, with its signatures checked.

Microsoft's own emulator needs Node; this knows four requests and the Shared Key rule of the Blob service's
documentation ("Authorize with Shared Key"). It proves that we speak so, not that Azure would agree.
"""

import base64
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

ACCOUNT = "hallaccount"
KEY = base64.b64encode(b"k" * 64).decode()
SIGNED = (
    "content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
    "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range",
)  # fmt: skip


class Container:
    def __init__(self, endpoint: str) -> None:
        self.endpoint, self.blobs = endpoint, dict[str, bytes]()


@contextmanager
def azure_container() -> Iterator[Container]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    container = server.container = Container(f"http://127.0.0.1:{server.server_port}/{ACCOUNT}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield container
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        query, body = dict(parse_qsl(urlsplit(self.path).query)), self.body()
        name = urlsplit(self.path).path
        if not self.is_signed():
            return
        blocks = self.server.__dict__.setdefault("blocks", {})
        if query.get("comp") == "block":
            blocks[name] = blocks.get(name, b"") + body
        elif query.get("comp") == "blocklist":
            self.server.container.blobs[name] = blocks.pop(name)
        else:
            self.server.container.blobs[name] = body
        self.answer(201, headers={"ETag": '"0x1"', "Last-Modified": DATE})

    def do_HEAD(self):
        self.give(with_body=False)

    def do_GET(self):
        self.give(with_body=True)

    def do_POST(self):
        """A batch of deletions: what `object_store` makes of one, too."""
        body = self.body().decode()
        if not self.is_signed():
            return
        parts = []
        for number, name in enumerate(re.findall(r"^DELETE (\S+)", body, re.MULTILINE)):
            found = self.server.container.blobs.pop(urlsplit(name).path, None)
            status = "404 Not Found" if found is None else "202 Accepted"
            head = f"Content-Type: application/http\r\nContent-ID: {number}"
            parts.append(f"--batch\r\n{head}\r\n\r\nHTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n\r\n")
        answer = "".join(parts) + "--batch--\r\n"
        self.answer(202, answer.encode(), {"Content-Type": "multipart/mixed; boundary=batch"})

    def give(self, *, with_body):
        if not self.is_signed():
            return
        blob = self.server.container.blobs.get(urlsplit(self.path).path)
        if blob is None:
            self.answer(404)
            return
        headers = {"ETag": '"0x1"', "Last-Modified": DATE, "x-ms-blob-type": "BlockBlob"}
        wanted, status = self.headers.get("range") or self.headers.get("x-ms-range"), 200
        size = len(blob)
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            end = min(int(last or size - 1), size - 1)
            blob, status = blob[int(first) : end + 1], 206
            headers["Content-Range"] = f"bytes {first}-{end}/{size}"
        self.answer(status, blob, headers, with_body=with_body)

    def is_signed(self):
        given = self.headers.get("authorization", "")
        if given == f"SharedKey {ACCOUNT}:{self.signature()}":
            return True
        self.answer(403)
        return False

    def signature(self):
        parts = urlsplit(self.path)
        values = [self.headers.get(name, "") for name in SIGNED]
        if values[2] == "0":
            values[2] = ""
        own = sorted((k.lower(), v.strip()) for k, v in self.headers.items() if k.lower().startswith("x-ms-"))
        resource = f"/{ACCOUNT}{parts.path}"
        query = "".join(
            f"\n{k.lower()}:{v}" for k, v in sorted(parse_qsl(parts.query, keep_blank_values=True))
        )
        text = "\n".join([self.command, *values, *(f"{k}:{v}" for k, v in own), resource + query])
        return base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), "sha256")).decode()

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status, body=b"", headers=None, *, with_body=True):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_):
        return


DATE = "Tue, 01 Dec 2026 12:00:00 GMT"
