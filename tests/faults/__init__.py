"""Each failure at each moment: what a user sees of it, and that it goes away by itself."""
