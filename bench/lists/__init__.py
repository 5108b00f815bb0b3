"""Lists and searches of a large house, beside those of a small one."""
