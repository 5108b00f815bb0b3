"""Forwarding's inner loop in C, and what comes in. Called by `livehall.media.net.native` and `inbox` only."""

from livehall_native._native import ffi, lib

__all__ = ["ffi", "lib"]
