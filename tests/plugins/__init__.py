"""Plugins that pytest loads before any other, by -p."""
