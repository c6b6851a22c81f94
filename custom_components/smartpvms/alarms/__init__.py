"""Alarms: which are active, and when one may be believed to be over."""
