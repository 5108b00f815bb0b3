"""`livehall`: which commands exist, and how an error reaches a person."""

import difflib
import importlib
import os
import sys
from typing import NoReturn

import click

from livehall import __version__
from livehall.kernel.faults import Fault
from livehall.server.process import StartError
from livehall.server.secrets import SecretsError
from livehall.server.settings import Settings, SettingsError, load_settings
from livehall.server.supervisor import EXIT_CONFIG

COMMANDS = {
    "serve": "livehall.cli.serve",
    "media": "livehall.cli.media",
    "migrate": "livehall.cli.database",
    "account": "livehall.cli.accounts",
    "token": "livehall.cli.accounts",
    "key": "livehall.cli.keys",
    "plan": "livehall.cli.plans",
    "doctor": "livehall.cli.doctor",
    "rehearse": "livehall.cli.rehearse",
    "openapi": "livehall.cli.openapi",
    "api": "livehall.cli.api",
    "prepare": "livehall.cli.database",
}

EXIT_SOFTWARE = 70  # sysexits.h EX_SOFTWARE
EXPECTED = (SettingsError, SecretsError, StartError, Fault)  # each says in words what to do


class Commands(click.Group):
    """Imports a command's module only when the command is called: `token` need not load a media server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            close = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            ctx.fail(f"There is no command {cmd_name}.{f' Did you mean {close[0]}?' if close else ''}")
        command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="livehall")
def livehall() -> None:
    """One self-hosted server for every live session: meeting, webinar, broadcast."""


def main() -> NoReturn:
    """Run the command line. Exits with 0, 1: it did not work, 2: wrong use, 70: our mistake, 78: settings."""
    try:
        livehall.main(standalone_mode=False)
    except click.exceptions.Exit as finished:
        sys.exit(finished.exit_code)
    except click.ClickException as misuse:
        misuse.show()
        sys.exit(misuse.exit_code)
    except click.Abort:
        sys.exit(130)
    except SettingsError as error:
        _say("The settings do not allow a start:", *(f"  - {problem}" for problem in error.problems))
        sys.exit(EXIT_CONFIG)
    except (StartError, SecretsError) as error:
        _say(str(error))
        sys.exit(EXIT_CONFIG)
    except Fault as fault:
        _say(fault.text, *(f"  - {detail.field}: {detail.message}" for detail in fault.details))
        sys.exit(1)
    except Exception as error:
        if os.environ.get("LIVEHALL_LOG_LEVEL") == "debug":
            raise
        _say(
            f"Livehall made a mistake ({type(error).__name__}: {error}).",
            "  Please report it; the same call with LIVEHALL_LOG_LEVEL=debug shows where it happened.",
        )
        sys.exit(EXIT_SOFTWARE)
    sys.exit(0)


def settings() -> Settings:
    """The settings of this call. Raises: SettingsError."""
    return load_settings(os.environ)


def _say(first: str, *more: str) -> None:
    click.secho(first, fg="red", err=True)
    for line in more:
        click.echo(line, err=True)
