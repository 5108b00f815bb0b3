"""Builds versitygw; run as a module, prints where the program is."""

import sys
from pathlib import Path

from tests.support import gotools

FOLDER = Path(__file__).parent
PACKAGE = "github.com/versity/versitygw/cmd/versitygw"


def program() -> Path:
    """versitygw's binary, built from the version in this folder's `go.mod`.

    Raises: gotools.GoMissing.
    """
    return gotools.build(FOLDER, PACKAGE, "versitygw")


if __name__ == "__main__":
    try:
        print(program())
    except gotools.GoMissing as missing:
        sys.exit(str(missing))
