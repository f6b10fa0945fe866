"""Rules and scores that turn mentions into relations."""
