"""Coming, going, and who was there."""
