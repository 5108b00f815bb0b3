"""What can go wrong in the chat."""

from livehall.kernel.faults import Invalid, NotFound


class MessageNotFound(NotFound):
    message = "There is no such message in this session."


class ChatFileNotFound(NotFound):
    message = "There is no such file, or it is gone with its message."


class FileTooLarge(Invalid):
    code = "payload_too_large"
    message = "A file of the chat has at most 10 MiB."
