"""How clients speak: each HTTP API is a folder, on `kit`. A dialect translates, composes and defaults.

It decides nothing.
"""
