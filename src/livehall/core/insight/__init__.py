"""What is computed over many sessions at once."""
