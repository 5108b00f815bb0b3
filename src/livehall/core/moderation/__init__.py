"""Keeping order: bans, which hold on every way back in, and what follows from them."""
