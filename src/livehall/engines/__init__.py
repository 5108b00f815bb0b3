"""What touches the world: each folder satisfies ports of the core, and keeps its vendor library to itself."""
