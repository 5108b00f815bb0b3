"""Who was there, when, and by which way: attendance, and what is computed from it alone."""
