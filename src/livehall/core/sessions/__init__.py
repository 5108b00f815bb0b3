"""Live occasions: what is planned in a room, runs, and is over; who may do what in it."""
