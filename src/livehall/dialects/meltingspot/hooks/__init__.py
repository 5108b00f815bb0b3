"""What happened, as this API tells it to webhooks (M41)."""
