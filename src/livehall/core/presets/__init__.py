"""Presets: what each role may do, kept under a name."""
