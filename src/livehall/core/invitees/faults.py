"""What can go wrong with invited people."""

from livehall.kernel.faults import NotFound


class PersonNotInvited(NotFound):
    message = "There is nobody with this id who is asked to this session."


class GroupNotLinked(NotFound):
    message = "This group is not linked here."
