"""`livehall openapi`: the documents that the server serves, as files."""

from pathlib import Path

import click
import msgspec


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def openapi(folder: Path) -> None:
    """Write the OpenAPI documents into FOLDER, one for each dialect."""
    from livehall.dialects.live.document import document  # needs all routes, which no other command does

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "live.json"
    target.write_bytes(msgspec.json.format(msgspec.json.encode(document()), indent=2) + b"\n")
    click.echo(f"{target}")
