"""What can go wrong on stage."""

from livehall.kernel.faults import Conflict, Forbidden, Limited, NotFound


class NotOnStage(Forbidden):
    code = "not_on_stage"
    message = "Only people on stage may do this."


class StageFull(Conflict):
    code = "stage_full"
    message = "The stage has reached its limit; let somebody step down first."


class AlreadyOnStage(Conflict):
    code = "already_exists"
    message = "This person is on stage already."


class RequestNotFound(NotFound):
    message = "There is no such request in this session."


class AskedTooSoon(Limited):
    message = "You have just asked; wait a moment before you ask again."
