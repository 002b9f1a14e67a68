"""The audit log: who did what to what, from where, with which result. One line of JSON each, and never a secret."""
