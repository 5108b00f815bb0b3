"""What every dialect shares: a route is a typed function, its signature is its documentation.

`dialect` the value that carries what an API repeats · `binding` signature → arguments · `call` one
request · `body` strict JSON · `limits` rates · `answer` what a route may give back · `openapi` the document.
"""

from livehall.dialects.kit.answer import Answer, Moment, moment
from livehall.dialects.kit.binding import IfMatch, Request
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.dialect import Dialect, Problem
from livehall.dialects.kit.limits import Limiter, Rate
from livehall.dialects.kit.route import Route
from livehall.dialects.kit.scope import Scope
from livehall.kernel.work import Read

__all__ = [
    "Answer",
    "Call",
    "Dialect",
    "IfMatch",
    "Limiter",
    "Moment",
    "Problem",
    "Rate",
    "Read",
    "Request",
    "Route",
    "Scope",
    "moment",
]
