"""Pages of the documentation that are made of the integration's own tables."""
