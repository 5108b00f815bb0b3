"""Write the generated files of the client: `python -m dev.client DOCUMENT FOLDER`."""

import json
import sys
from pathlib import Path

from dev.client.generated import generated


def main(document: Path, folder: Path) -> None:
    for name, text in generated(json.loads(document.read_bytes())).items():
        (folder / name).write_text(text)


main(*map(Path, sys.argv[1:]))
