"""Webhooks: what happens here is told to an organization's own software, at an address of its own."""
