"""Articles cut into passages, embedded and kept: what is searched."""
