"""What polling costs and how fresh its values are, against the simulated cloud."""
