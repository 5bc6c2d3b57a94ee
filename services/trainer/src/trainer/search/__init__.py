"""Searches the hyper-parameters of the model: on a grid, by a Gaussian process, or by TPE with pruning."""
