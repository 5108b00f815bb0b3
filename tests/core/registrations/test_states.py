"""The machine of a registration, transition by transition."""

from itertools import product
from typing import get_args

import pytest

from livehall.core.participants.model import Registration
from livehall.core.registrations.faults import WrongState
from livehall.core.registrations.states import Command, advance

EXPECTED = {  # state: what admit, apply, approve, deny and cancel make of it
    None: ("approved", "pending", None, None, None),
    "pending": ("pending", "pending", "approved", "denied", "cancelled"),
    "approved": ("approved", "approved", "approved", None, "cancelled"),
    "denied": ("approved", "pending", None, "denied", None),
    "cancelled": ("approved", "pending", None, None, "cancelled"),
}


@pytest.mark.parametrize(
    ("state", "command"), list(product((None, *get_args(Registration)), get_args(Command)))
)
def test_every_transition_of_a_registration(state, command):
    expected = EXPECTED[state][get_args(Command).index(command)]
    if expected is None:
        with pytest.raises(WrongState):
            advance(state, command)
    else:
        assert advance(state, command) == expected
