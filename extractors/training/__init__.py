"""How models and vocabularies are made."""
