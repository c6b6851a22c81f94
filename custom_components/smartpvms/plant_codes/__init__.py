"""Plants whose code has changed: found by their devices, and moved with all they have."""
