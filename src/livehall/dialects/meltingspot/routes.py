"""Importing this registers every operation of the dialect."""

from livehall.dialects.meltingspot.api import meltingspot
from livehall.dialects.meltingspot.groups import routes as groups
from livehall.dialects.meltingspot.lives import routes as lives
from livehall.dialects.meltingspot.people import routes as people

ROUTES = (groups, lives, people)

__all__ = ["ROUTES", "meltingspot"]
