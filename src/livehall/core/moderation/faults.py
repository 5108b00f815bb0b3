"""What can go wrong when somebody is banned."""

from livehall.kernel.faults import Conflict, NotFound


class AlreadyBanned(Conflict):
    code = "already_exists"
    message = "This person is banned from the session already."


class BanNotFound(NotFound):
    message = "This person is not banned from the session."
