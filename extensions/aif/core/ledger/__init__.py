"""What a project may use and has used: allocations, the jobs that count, and what is left of them at one time."""
