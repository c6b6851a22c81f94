"""What is secret stays secret, and goes nowhere but to the server it is for."""
