"""What can go wrong with attendance."""

from livehall.kernel.faults import NotFound


class AttendanceNotFound(NotFound):
    message = "There is no such attendance of yours."
