"""`livehall media`: the media server alone, as `serve` starts it or beside another program."""

import asyncio
import gc
import sys
from pathlib import Path

import click

from livehall.cli.child import child
from livehall.media.net.native import HOW_TO_GET_NATIVE, NativeMissing
from livehall.media.serve import read_order, run, run_worker
from livehall.media.settings import MediaSettings
from livehall.server.launch import media_settings
from livehall.server.process import StartError
from livehall.server.secrets import load_secrets
from livehall.server.settings import Media

_WORKER = (sys.executable, "-m", "livehall.cli", "media", "--worker")
DEV_KEY, DEV_SECRET = "devkey", "a-secret-that-everybody-knows-32"  # said on the screen


@click.command()
@click.option("--dev", is_flag=True, help="Loopback only, with a key that everybody knows; for trying out.")
@click.option("--parent", type=int, hidden=True)
@click.option("--worker", is_flag=True, hidden=True, help="One of several, with orders on standard input.")
def media(dev: bool, parent: int | None, worker: bool) -> None:
    """Run the media server alone."""
    if worker:
        _work()
        return
    with child("media", parent) as configured:
        configured.recordings.mkdir(parents=True, exist_ok=True)
        if dev:
            chosen = _for_trying_out(configured.media, configured.recordings)
        else:
            chosen = media_settings(configured, load_secrets(configured.data))
        # What was loaded lives as long as the process: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        try:
            asyncio.run(run(chosen, worker_command=_WORKER))
        except NativeMissing as missing:
            raise StartError(f"{missing} {HOW_TO_GET_NATIVE}") from missing
        except OSError as error:
            raise StartError(
                f"Media cannot open TCP {chosen.port} or UDP {chosen.udp_port} ({error.strerror}). "
                "Set LIVEHALL_MEDIA_PORT or LIVEHALL_MEDIA_UDP_PORT."
            ) from error


def _work() -> None:
    order = read_order()
    with child(f"media {order.place.number + 1}", None):
        gc.collect()
        gc.freeze()
        asyncio.run(run_worker(order))


def _for_trying_out(ports: Media, output_dir: Path) -> MediaSettings:
    click.echo(f"Media server for trying out: ws://127.0.0.1:{ports.port}, UDP {ports.udp_port}")
    if ports.rtmp_port:
        click.echo(
            f"  encoders    rtmp://127.0.0.1:{ports.rtmp_port}/live, http://127.0.0.1:{ports.port}/whip"
        )
    click.echo(f"  API key     {DEV_KEY}\n  API secret  {DEV_SECRET}")
    return MediaSettings(
        port=ports.port,
        udp_host="127.0.0.1",
        udp_port=ports.udp_port,
        tcp_port=ports.tcp_port,
        workers=ports.workers,
        turn_urls=ports.turn_urls,
        turn_secret=ports.turn_secret,
        turn_lifetime_s=ports.turn_lifetime_s,
        rtmp_port=ports.rtmp_port,
        pull_hosts=ports.pull_hosts,
        pull_private=ports.private_targets,
        native=ports.native,
        keys={DEV_KEY: DEV_SECRET},
        hls_part_ms=ports.hls_part_ms,
        output_dir=output_dir,
    )
