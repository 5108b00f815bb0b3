"""What every dialect shares: a route is a typed function, its signature is its documentation.

`dialect` the value that carries what an API repeats · `app` a dialect, running · `checks` what a call is
asked before its operation · `binding` signature → arguments · `call` one request · `body` strict JSON and
forms · `filters` `field[operator]=value` · `paging` pages by number · `limits` how often · `answer` what a
route may give back · `once` repeats · `streams` long answers · `oauth` the token endpoint · `openapi` the
document.
"""

from livehall.dialects.kit.addresses import Addresses
from livehall.dialects.kit.answer import Answer, Moment, moment
from livehall.dialects.kit.app import DialectApp
from livehall.dialects.kit.binding import IdForm, IfMatch, Request, Tolerant
from livehall.dialects.kit.body import FORM
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.dialect import Dialect, Problem, Webhook
from livehall.dialects.kit.filters import Condition, Conditions, Filter, FilterSet
from livehall.dialects.kit.limits import Limiter, Quota, Rate
from livehall.dialects.kit.paging import Paging, Window
from livehall.dialects.kit.route import Route
from livehall.dialects.kit.scope import Scope
from livehall.dialects.kit.streams import json_array
from livehall.kernel.work import Read

__all__ = [
    "FORM",
    "Addresses",
    "Answer",
    "Call",
    "Condition",
    "Conditions",
    "Dialect",
    "DialectApp",
    "Filter",
    "FilterSet",
    "IdForm",
    "IfMatch",
    "Limiter",
    "Moment",
    "Paging",
    "Problem",
    "Quota",
    "Rate",
    "Read",
    "Request",
    "Route",
    "Scope",
    "Tolerant",
    "Webhook",
    "Window",
    "json_array",
    "moment",
]
