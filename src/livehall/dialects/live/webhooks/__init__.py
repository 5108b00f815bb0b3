"""Webhooks of an organization: endpoints, deliveries, and how this API tells what happened."""
