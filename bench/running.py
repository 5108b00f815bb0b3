"""Programs of the bench, each in a process of its own."""

import subprocess
import sys


def program(module: str, *words: str, told: bytes) -> bytes:
    """What `python -m MODULE` prints. Raises: SystemExit, when it fails; what it said is on stderr."""
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, input=told, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{module} ended with {done.returncode}")
    return done.stdout
