"""What the hub tells people of its own accord: a session ends, a budget is used, something does nothing."""
