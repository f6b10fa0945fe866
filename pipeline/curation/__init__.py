"""Tending the gold set: checking, resolving, fetching and showing it."""
