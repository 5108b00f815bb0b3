"""Exports that are made in the background: operations, wire, and the rows of their files."""
