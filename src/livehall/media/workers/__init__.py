"""Rooms spread over several processes behind one address: `docs/decisions/0017`."""
