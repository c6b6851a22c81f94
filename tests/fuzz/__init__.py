"""Whatever the cloud or the disk holds becomes a value, or one of our own errors."""
