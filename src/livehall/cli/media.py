"""`livehall media`: the media server alone, as `serve` starts it or beside another program."""

import click
import msgspec

from livehall.cli.entry import settings
from livehall.media.serve import run
from livehall.media.settings import MediaSettings
from livehall.server import logging
from livehall.server.launch import media_settings
from livehall.server.process import die_with_parent
from livehall.server.secrets import load_secrets

DEV_KEY, DEV_SECRET = "devkey", "a-secret-that-everybody-knows-32"


@click.command()
@click.option("--dev", is_flag=True, help="Loopback only, with a key that everybody knows; for trying out.")
@click.option("--parent", type=int, hidden=True)
def media(dev: bool, parent: int | None) -> None:
    """Run the media server alone: LiveKit signalling and server API, one UDP port."""
    if parent is not None:
        die_with_parent(parent)
    configured = settings()
    logging.configure(configured.log, "media")
    configured.recordings.mkdir(parents=True, exist_ok=True)
    if dev:
        chosen = _for_trying_out(configured.media.port, configured.media.udp_port)
    else:
        chosen = media_settings(configured, load_secrets(configured.data))
    run(msgspec.structs.replace(chosen, output_dir=configured.recordings))


def _for_trying_out(port: int, udp_port: int) -> MediaSettings:
    click.echo(f"Media server for trying out: ws://127.0.0.1:{port}, UDP {udp_port}")
    click.echo(f"  API key     {DEV_KEY}\n  API secret  {DEV_SECRET}")
    return MediaSettings(
        port=port,
        udp_host="127.0.0.1",
        udp_port=udp_port,
        advertise=("127.0.0.1",),
        keys={DEV_KEY: DEV_SECRET},
    )
