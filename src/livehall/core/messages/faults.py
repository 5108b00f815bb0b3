"""What can go wrong with whatever is written."""

from livehall.kernel.faults import Limited


class TooFast(Limited):
    message = "You write faster than is allowed; wait a moment."
