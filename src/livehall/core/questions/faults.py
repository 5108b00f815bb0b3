"""What can go wrong with questions."""

from livehall.kernel.faults import NotFound


class QuestionNotFound(NotFound):
    message = "There is no such question in this session."
