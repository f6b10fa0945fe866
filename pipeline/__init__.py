"""The stages of tamrex, in the order data flows; knows nothing of linguistics."""

from pipeline.records import Article

__all__ = ["Article"]
