"""Taking over from the integrations that people used before: entity ids, statistics, names."""
