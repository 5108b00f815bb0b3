"""What can go wrong in the chat."""

from livehall.kernel.faults import NotFound


class MessageNotFound(NotFound):
    message = "There is no such message in this session."
