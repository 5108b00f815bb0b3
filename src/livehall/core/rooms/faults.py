"""What can go wrong with rooms."""

from livehall.kernel.faults import Conflict, NotFound


class RoomNotFound(NotFound):
    message = "There is no room with this id that you may see."


class RoomInUse(Conflict):
    code = "invalid_state"  # C7: refused because of something that runs
    message = "A session of this room is in backstage or live; end it first."


class LibraryNotFound(NotFound):
    message = "There is no library with this id that you may see."


class LibraryInUse(Conflict):
    code = "in_use"  # C7: refused because of what depends on it
    message = "Rooms or presets stand in this library; move or remove them first."
