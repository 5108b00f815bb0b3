"""Livehall: one self-hosted server for every live session."""

from importlib.metadata import version

__version__ = version("livehall")
