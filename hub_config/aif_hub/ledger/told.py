"""Balances as the REST API and the exports tell them: `aif.core.ledger.told`, which terminals use too."""

from aif.core.ledger.told import DIGITS, allocation, amount, day, moment

__all__ = ["DIGITS", "allocation", "amount", "day", "moment"]
