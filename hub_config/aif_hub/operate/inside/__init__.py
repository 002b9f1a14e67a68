"""Programs that `aif check` runs inside an environment, as its user: each prints one JSON object."""
