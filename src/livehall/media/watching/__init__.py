"""Players without an SDK watch a room by WHEP: one picture and one sound, whoever publishes them."""
