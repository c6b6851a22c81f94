"""The query endpoints of the API."""
