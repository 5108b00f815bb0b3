"""The media process as `livehall serve` starts it."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from livehall.media.serve import MediaServer, _listen
from livehall.media.settings import MediaSettings
from tests.media.conftest import KEY, SECRET

pytestmark = pytest.mark.media

_IMPORTS = """
import sys
import livehall.media.serve, livehall.media.__main__
print([name for name in ("av", "aiortc", "imageio_ffmpeg") if name in sys.modules])
"""


def test_no_codec_library_is_loaded():
    result = subprocess.run(
        [sys.executable, "-c", _IMPORTS], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.strip() == "[]"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_process_serves_and_ends_cleanly_on_sigterm(tmp_path: Path):
    port = free_port()
    config = tmp_path / "media.json"
    config.write_text(
        json.dumps(
            {
                "port": port,
                "udp_host": "127.0.0.1",
                "udp_port": 0,
                "keys": {KEY: SECRET},
                "output_dir": str(tmp_path),
            }
        )
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "livehall.media", "--config", str(config)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/").text == "OK"
        except httpx.TransportError:
            return False

    try:
        deadline = time.monotonic() + 30
        while not answers() and time.monotonic() < deadline:
            time.sleep(0.05)
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert "libavcodec" not in maps
    assert "x264" not in maps


@pytest.mark.parametrize(
    ("config", "word"),
    [("{", "truncated"), ("{}", "keys"), ('{"keys": {"k": "short"}}', "32"), ('{"prot": 1}', "prot")],
)
def test_settings_that_make_no_sense_are_told_in_one_line(tmp_path: Path, config: str, word: str):
    file = tmp_path / "media.json"
    file.write_text(config)
    result = subprocess.run(
        [sys.executable, "-m", "livehall.media", "--config", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1
    assert word in result.stderr
    assert "Traceback" not in result.stderr


async def test_a_taken_port_is_an_error_and_leaves_nothing_behind(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = MediaSettings(
            port=other.getsockname()[1],
            udp_host="127.0.0.1",
            udp_port=0,
            keys={KEY: SECRET},
            output_dir=tmp_path,
        )
        with pytest.raises(OSError, match="in use"):
            await MediaServer(settings).start()


def test_what_is_answered_is_sent_without_delay():
    """asyncio sets TCP_NODELAY for sockets that say that they are TCP's; else each answer on a kept
    connection waits 40 ms for the acknowledgement of its head."""
    with _listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
