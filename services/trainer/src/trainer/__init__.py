"""Trains, registers and evaluates the models of the loan approval."""
