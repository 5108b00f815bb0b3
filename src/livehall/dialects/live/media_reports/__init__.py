"""What the media server reports."""
