"""What the meters of a plant measure: what was confirmed, and what has to be asked."""
