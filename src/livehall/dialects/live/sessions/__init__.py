"""Sessions: operations, wire and publications."""
