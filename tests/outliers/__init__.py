"""Plants that yield less for their size than the others."""
