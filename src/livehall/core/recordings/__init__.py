"""What is kept or packaged of a session's programme: recordings, their files, HLS."""
