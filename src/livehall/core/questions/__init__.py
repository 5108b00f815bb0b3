"""Questions of the audience: asked, moderated, voted for, answered."""
