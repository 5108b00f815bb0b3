"""Builds the LiveKit server; run as a module, prints where the program is."""

import sys
from pathlib import Path

from tests.support import gotools

FOLDER = Path(__file__).parent
PACKAGE = "github.com/livekit/livekit-server/cmd/server"


def program() -> Path:
    """The LiveKit server's binary, built from the version in this folder's `go.mod`.

    Raises: gotools.GoMissing.
    """
    return gotools.build(FOLDER, PACKAGE, "livekit-server")


if __name__ == "__main__":
    try:
        print(program())
    except gotools.GoMissing as missing:
        sys.exit(str(missing))
