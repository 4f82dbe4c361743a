"""SAErch Desktop: see what text embeddings know, and steer search with it."""

__version__ = "0.1.0"
