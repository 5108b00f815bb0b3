"""`livehall api`: the process that `serve` starts; hidden, since nobody needs to call it."""

import socket

import click

from livehall.cli.entry import settings
from livehall.server import logging
from livehall.server.process import die_with_parent, listen
from livehall.server.secrets import load_secrets


@click.command(hidden=True)
@click.option("--parent", type=int, help="End when this process ends.")
@click.option("--sockets", help="Two open descriptors that listen, PUBLIC,INTERNAL; else they are opened.")
def api(parent: int | None, sockets: str | None) -> None:
    """Serve pages, API, hub and media signalling."""
    if parent is not None:
        die_with_parent(parent)
    configured = settings()
    logging.configure(configured.log, "api")
    from livehall.server.api import run  # after `configure`: its modules may log while they are loaded

    if sockets:
        public, internal = (socket.socket(fileno=int(number)) for number in sockets.split(","))
    else:
        public = listen(configured.http.host, configured.http.port, "LIVEHALL_PORT")
        internal = listen("127.0.0.1", configured.http.internal_port, "LIVEHALL_INTERNAL_PORT")
    run(configured, load_secrets(configured.data), public, internal)
