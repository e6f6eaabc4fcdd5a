"""The operating system: files, locks, data files."""
