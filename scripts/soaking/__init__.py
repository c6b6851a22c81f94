"""What makes scripts/soak."""
