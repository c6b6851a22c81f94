"""Taking over from the integrations that people used before."""
