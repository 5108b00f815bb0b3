"""What can go wrong with reminders."""

from livehall.kernel.faults import NotFound


class NoSuchLink(NotFound):
    message = "This link does not end any mails; it was cut or is not ours."


class NotPlanned(NotFound):
    message = "This session has no planned start that could stand in a calendar."
