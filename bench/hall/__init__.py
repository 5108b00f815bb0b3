"""What a viewer costs a whole hall."""
