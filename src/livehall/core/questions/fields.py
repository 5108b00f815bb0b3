"""Words of a question: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

LONGEST = 1000  # characters of a question
LONGEST_ANSWER = 2000
MOST_ANSWERS = 20  # of one question
SHOWN_AT_ONCE = 50  # with which a listener's page begins

QuestionText = Annotated[
    str, Meta(max_length=LONGEST, description="What is asked; trimmed, 1 to 1000 characters.")
]
AnswerText = Annotated[
    str, Meta(max_length=LONGEST_ANSWER, description="The answer in writing; trimmed, up to 2000 characters.")
]
