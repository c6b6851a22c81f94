"""Who may call what: OAuth Connect, API accounts, quotas."""
