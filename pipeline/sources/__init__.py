"""Anything that can be read, as an iterator of articles."""
