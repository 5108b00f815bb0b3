"""Describes the extension to cffi; `setup.py` builds it."""

from pathlib import Path

from cffi import FFI

SOURCES = Path(__file__).with_name("src")
HEADERS = ("fanout.h", "inbox.h")

ffibuilder = FFI()
ffibuilder.cdef("".join((SOURCES / header).read_text() for header in HEADERS))
ffibuilder.set_source(
    "livehall_native._native",
    "".join(f'#include "{header}"\n' for header in HEADERS),
    sources=["src/fanout.c", "src/inbox.c"],
    include_dirs=["src"],
    depends=[f"src/{header}" for header in HEADERS],
    extra_compile_args=["-O2", "-Wall", "-Wextra", "-fstack-protector-strong"],
    py_limited_api=True,
)
