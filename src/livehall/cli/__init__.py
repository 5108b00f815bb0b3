"""The command line: thin like a dialect. Each command lies in a module of its own, imported when called."""

from livehall.cli.entry import main

__all__ = ["main"]
