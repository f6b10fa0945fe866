"""A recogniser trained on annotated corpora: linear-chain CRFs over words, clusters and vocabulary."""
