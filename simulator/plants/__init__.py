"""The plants: what they consist of and how they behave."""
