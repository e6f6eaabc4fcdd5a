"""Versions: what a manifest says, how it is published, found again and swept."""
