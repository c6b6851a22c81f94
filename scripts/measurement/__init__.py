"""How long the integration takes with many plants, and how long it blocks."""
