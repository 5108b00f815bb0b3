"""What can go wrong with presets."""

from livehall.kernel.faults import Conflict, NotFound


class PresetNotFound(NotFound):
    message = "There is no preset with this id that you may see."


class PresetNameTaken(Conflict):
    message = "You have another preset of this name here."


class PresetInUse(Conflict):
    code = "in_use"
    message = "A session in backstage or live goes by this preset."
