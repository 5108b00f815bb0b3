"""In which encodings a caller takes an answer (RFC 9110 §12.5.3)."""

import re

_NEVER = re.compile(r"q=0(\.0{0,3})?")


def takes_gzip(accepted: str) -> bool:
    """`accepted`: the header `Accept-Encoding`."""
    weights: dict[str, str] = {}
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        weights[name.strip()] = weight.replace(" ", "")
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", "q=0")))
    return _NEVER.fullmatch(weight) is None
