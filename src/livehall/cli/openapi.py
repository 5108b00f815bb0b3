"""`livehall openapi`: the documents that the server serves, as files."""

from pathlib import Path

import click
import msgspec


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def openapi(folder: Path) -> None:
    """Write the OpenAPI documents into FOLDER, one for each API."""
    # These need all routes, which no other command does.
    from livehall.dialects.kit.openapi import Document
    from livehall.dialects.live.document import document
    from livehall.server.dialects import DIALECTS

    documents = {"live": document(), **{each.name: Document(each).build() for each in DIALECTS}}
    folder.mkdir(parents=True, exist_ok=True)
    for name, found in documents.items():
        target = folder / f"{name}.json"
        target.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        click.echo(f"{target}")
