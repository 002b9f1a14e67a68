"""What `aif check` looks at: one file a subject, with `TITLE` and `look` over pure functions of what was found."""
