"""What can go wrong with exports."""

from livehall.kernel.faults import Conflict, NotFound


class ExportNotFound(NotFound):
    message = "There is no export with this id that you made, or its time is over."


class ExportNotReady(Conflict):
    code = "export_not_ready"
    message = "The file is not made yet; ask again in a moment."


class ExportFailed(Conflict):
    code = "export_failed"
    message = "The file could not be made; ask for another one."


class TooManyExports(Conflict):
    code = "too_many_exports"
    message = "So many of your exports are being made; ask again when one of them is done."
