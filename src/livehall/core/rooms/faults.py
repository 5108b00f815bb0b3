"""What can go wrong with rooms."""

from livehall.kernel.faults import Conflict, NotFound


class RoomNotFound(NotFound):
    message = "There is no room with this id that you may see."


class RoomInUse(Conflict):
    code = "invalid_state"  # C7: refused because of something that runs
    message = "A session of this room is in backstage or live; end it first."
