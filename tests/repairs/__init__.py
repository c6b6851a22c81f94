"""Each repair: that it comes, and that it goes away by itself."""
