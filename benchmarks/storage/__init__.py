"""How the storage compares: bytes on disk, loads, scans and small commits."""
