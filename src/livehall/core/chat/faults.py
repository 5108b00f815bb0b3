"""What can go wrong in the chat."""

from livehall.kernel.faults import Limited, NotFound


class MessageNotFound(NotFound):
    message = "There is no such message in this session."


class TooFast(Limited):
    message = "You write faster than the chat allows; wait a moment."
