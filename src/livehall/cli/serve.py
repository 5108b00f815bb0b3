"""`livehall serve`: everything, in one command."""

import asyncio
import os
import subprocess
import sys
import time

import click
import msgspec

from livehall import __version__
from livehall.cli.entry import settings
from livehall.cli.links import DemoLinks
from livehall.server import logging
from livehall.server.child_output import ChildOutput
from livehall.server.launch import COMMAND, Launch, plans, prepare_launch
from livehall.server.process import StartError, exclusive
from livehall.server.secrets import load_secrets
from livehall.server.settings import Settings
from livehall.server.supervisor import Supervisor

SECOND_SERVE = (
    "Livehall already runs with the data in {data}. Stop it, or set LIVEHALL_DATA to another place."
)


@click.command()
@click.option("--demo", is_flag=True, help="Prepare a demonstration hall and print its two links.")
def serve(demo: bool) -> None:
    """Start everything and keep it running."""
    started = time.monotonic()
    configured = settings()
    logging.configure(configured.log, "serve")
    configured.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive(configured.data / "serve.lock", SECOND_SERVE.format(data=configured.data)):
        load_secrets(configured.data)
        launch = prepare_launch(configured, os.environ)
        try:
            links = _prepare(launch, demo=demo)
            supervisor = Supervisor(plans(launch), launch.environ, ChildOutput(configured.log))
            asyncio.run(supervisor.run(lambda: _welcome(launch.settings, links, time.monotonic() - started)))
        finally:
            launch.close()
    click.echo("Livehall has ended.")


def _prepare(launch: Launch, *, demo: bool) -> DemoLinks | None:
    """Bring the database up to date, and make the demonstration hall, before anything runs.

    Raises: StartError.
    """
    command = [*COMMAND, "prepare", *(["--demo"] if demo else [])]
    done = subprocess.run(command, env=dict(launch.environ), stdout=subprocess.PIPE, check=False)  # noqa: S603
    if done.returncode != 0:
        raise StartError("The database could not be prepared; the reason stands above.")
    return msgspec.json.decode(done.stdout, type=DemoLinks) if demo else None


def _welcome(configured: Settings, links: DemoLinks | None, seconds: float) -> None:
    """On standard output, for people; logs go to standard error. The sign-in link is in no log."""
    lines = ["", click.style(f"  Livehall {__version__} is ready", bold=True) + f" ({seconds:.1f} s)", ""]
    if links:
        lines += [
            "  Sign in as the host (works once):",
            f"    {click.style(links.sign_in, fg='cyan')}",
            "",
            "  The room, for everybody:",
            f"    {click.style(links.room, fg='cyan')}",
            "",
        ]
    lines += [f"  {name:<12}{value}" for name, value in _facts(configured)]
    lines += ["", "  Ctrl+C ends it.", ""]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _facts(configured: Settings) -> list[tuple[str, str]]:
    media = (
        f"UDP port {configured.media.udp_port}"
        if configured.has_embedded_media
        else f"{configured.client_media_url} (not ours)"
    )
    database = "SQLite" if configured.is_sqlite else "PostgreSQL"
    return [
        ("Open", configured.public_url),
        ("API", f"{configured.public_url}/docs"),
        ("Media", media),
        ("Data", f"{configured.data} ({database})"),
        ("Figures", f"http://127.0.0.1:{configured.http.internal_port}/metrics"),
        *([("Processes", str(configured.http.api_processes))] if configured.http.api_processes > 1 else []),
    ]
