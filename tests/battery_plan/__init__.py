"""Plans of batteries in Home Assistant: actions, calendar, sensors, and long days."""
