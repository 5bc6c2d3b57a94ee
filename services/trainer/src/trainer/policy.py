"""The rule of thumb: a tree of two questions, as a credit policy would write it down."""

from __future__ import annotations

import msgspec
import numpy as np
from sklearn.tree import DecisionTreeClassifier


class Node(msgspec.Struct):
    """A question (value of the feature up to the threshold: left, else right), or an answer."""

    #: Share of defaults among the training loans that come here.
    rate: float
    feature: int = -1
    threshold: float = 0.0
    left: int = -1
    right: int = -1


def fit_policy(inputs: np.ndarray, defaulted: np.ndarray) -> list[Node]:
    """Fit the rule: a decision tree of depth two. The first node is its root."""
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=max(20, len(inputs) // 100), random_state=0)
    fitted = tree.fit(inputs, defaulted).tree_
    rates = fitted.value[:, 0, 1] / fitted.value[:, 0, :].sum(axis=1)
    return [
        Node(
            float(rates[i]),
            int(fitted.feature[i]),
            float(fitted.threshold[i]),
            int(left),
            int(fitted.children_right[i]),
        )
        if left >= 0
        else Node(float(rates[i]))
        for i, left in enumerate(fitted.children_left)
    ]


def apply_policy(nodes: list[Node], inputs: np.ndarray) -> np.ndarray:
    """Probabilities of default, shape (rows,): the rate of the answer that each row comes to."""
    at = np.zeros(len(inputs), dtype=int)
    # A node comes before its children, so one pass takes every row to its answer.
    for index, node in enumerate(nodes):
        if node.feature >= 0:
            here = at == index
            at[here] = np.where(inputs[here, node.feature] <= node.threshold, node.left, node.right)
    return np.asarray([node.rate for node in nodes])[at]
