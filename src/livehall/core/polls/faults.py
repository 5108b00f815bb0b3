"""What can go wrong with polls."""

from livehall.kernel.faults import Conflict, NotFound


class PollNotFound(NotFound):
    message = "There is no such poll in this session."


class PollClosed(Conflict):
    code = "poll_closed"
    message = "The poll accepts no votes."
