"""The history job: raw loan history in, a checked table without direct identifiers out."""
