"""What the media vendor of a customer tells."""
