"""Forwarding's inner loop in C. `livehall.media.net.native` is its only caller."""

from livehall_native._fanout import ffi, lib

__all__ = ["ffi", "lib"]
