"""A good citizen of its host."""
