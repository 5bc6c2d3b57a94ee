"""Serves the scores of the loan approval."""
