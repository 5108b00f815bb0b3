"""Published tracks, their layers, and what each subscriber gets of them."""
