"""Families: features that belong together, how that is found, and what they are called."""
