"""The hub's ledger: the one reader of what projects have used, for every page, notebook and export."""
