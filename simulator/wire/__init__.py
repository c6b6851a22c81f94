"""Physical states written as the cloud writes them."""
