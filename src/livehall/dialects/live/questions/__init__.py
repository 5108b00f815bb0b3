"""Questions of the audience, and their answers."""
