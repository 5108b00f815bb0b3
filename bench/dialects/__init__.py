"""The other APIs beside bare handlers."""
