"""The control endpoints of the API."""
