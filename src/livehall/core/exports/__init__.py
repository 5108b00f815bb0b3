"""Files of what a session or room holds, made in the background and fetched later."""
