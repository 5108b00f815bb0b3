"""Sockets and locks refuse in words that help."""

import subprocess
import sys

import pytest

from livehall.server.process import StartError, exclusive, listen, port_of


def test_a_taken_port_is_named_with_the_setting_to_change():
    with listen("127.0.0.1", 0, "LIVEHALL_PORT") as taken:
        port = port_of(taken)
        with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1 is taken.*LIVEHALL_PORT"):
            listen("127.0.0.1", port, "LIVEHALL_PORT")


def test_an_address_that_is_not_ours_is_named():
    with pytest.raises(StartError, match="LIVEHALL_HOST"):
        listen("203.0.113.1", 0, "LIVEHALL_PORT")


def test_a_lock_is_held_once_and_names_its_holder(tmp_path):
    code = (
        "import pathlib, sys; from livehall.server.process import exclusive\n"
        "with exclusive(pathlib.Path(sys.argv[1]), 'no'): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(StartError, match=rf"^It already runs\. \(process {other.pid}\)$"),
            exclusive(tmp_path / "lock", "It already runs."),
        ):
            pass
        other.kill()
    with exclusive(tmp_path / "lock", "It already runs."):
        pass
