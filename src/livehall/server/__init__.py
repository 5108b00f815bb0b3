"""The composition root: settings, wiring, supervision, health, and the pages."""
