"""The common words: ids, clock, faults, actors, units of work, journal, relay, database.

Imports nothing of ours.
"""
