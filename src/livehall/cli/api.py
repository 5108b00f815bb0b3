"""`livehall api`: the process that `serve` starts; hidden, since nobody needs to call it."""

import socket

import click

from livehall.cli.child import child
from livehall.server.process import listen
from livehall.server.secrets import load_secrets


@click.command(hidden=True)
@click.option("--parent", type=int, help="End when this process ends.")
@click.option("--sockets", help="Two open descriptors that listen, PUBLIC,INTERNAL; else they are opened.")
@click.option("--name", default="api", help="What its log lines are marked with.")
def api(parent: int | None, sockets: str | None, name: str) -> None:
    """Serve pages, API, hub and media signalling."""
    with child(name, parent) as configured:
        from livehall.server.api import run  # after the logs are set up: its modules are many

        if sockets:
            public, internal = (socket.socket(fileno=int(number)) for number in sockets.split(","))
        else:
            public = listen(configured.http.host, configured.http.port, "LIVEHALL_PORT")
            internal = listen("127.0.0.1", configured.http.internal_port, "LIVEHALL_INTERNAL_PORT")
        run(configured, load_secrets(configured.data), public, internal)
