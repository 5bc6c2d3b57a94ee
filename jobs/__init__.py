"""Batch jobs, as packages that are importable from an archive."""
