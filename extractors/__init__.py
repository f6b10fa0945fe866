"""What reads language: spaCy components and relation rules; knows nothing of files or networks."""
