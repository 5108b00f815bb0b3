"""Describes the extension to cffi; `setup.py` builds it."""

from pathlib import Path

from cffi import FFI

SOURCES = Path(__file__).with_name("src")

ffibuilder = FFI()
ffibuilder.cdef((SOURCES / "fanout.h").read_text())
ffibuilder.set_source(
    "livehall_native._fanout",
    '#include "fanout.h"',
    sources=["src/fanout.c"],
    include_dirs=["src"],
    depends=["src/fanout.h"],
    extra_compile_args=["-O2", "-Wall", "-Wextra", "-fstack-protector-strong"],
    py_limited_api=True,
)
