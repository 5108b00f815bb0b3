"""How x264 is set up for a recording; the figures behind it are in `docs/decisions/0020`."""

from functools import cache
from pathlib import Path

_OPTIONS = {
    # Bits are spread more evenly than by default: what was encoded before has lost the fine grain of its flat
    # parts.
    "preset": "superfast", "tune": "zerolatency", "crf": "23.5", "aq-strength": "0.7", "partitions": "none",
    "maxrate": "4M", "bufsize": "8M", "g": "600", "sc_threshold": "0", "forced-idr": "1",
}  # fmt: skip

# What x264 makes is the same with either; on Intel's servers it is a fifth slower with vectors of 512 bits.
_NARROW = "MMX2,SSE2Fast,SSSE3,SSE4.2,AVX,FMA3,BMI1,BMI2,AVX2,LZCNT"
_NARROW_FLAGS = frozenset({"ssse3", "sse4_2", "avx", "fma", "bmi1", "bmi2", "avx2", "abm"})  # Linux's names
_WIDE_FLAG = "avx512f"


@cache
def options() -> dict[str, str]:
    """Of the encoder, for the processor that this is."""
    try:
        instructions = instructions_for(Path("/proc/cpuinfo").read_text())
    except OSError:
        instructions = ""
    return _OPTIONS | ({"x264-params": f"asm={instructions}"} if instructions else {})


def instructions_for(cpuinfo: str) -> str:
    """Those that x264 may use on the processor that Linux describes so; empty: what it finds itself."""
    facts = dict(line.split(":", 1) for line in cpuinfo.split("\n\n")[0].splitlines() if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    flags = set(facts.get("flags", "").split())
    is_wide = facts.get("vendor_id") == "GenuineIntel" and _WIDE_FLAG in flags
    return _NARROW if is_wide and flags >= _NARROW_FLAGS else ""
