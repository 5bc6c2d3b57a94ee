"""Sample-efficiency curves of two ways to tell a sector from a name, and the choice between them.

- ``tf-idf``: counts of words and of parts of words, learnt from the labelled names alone;
- ``embedding``: a frozen sentence model, which was trained on other text.

On both a logistic regression is fitted. **The rule:** for a number of labels the embedding is used only if its balanced
accuracy is higher with 95 % confidence, paired over draws of labels. A tie goes to ``tf-idf``, which needs no model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_union

from trainer.intervals import Interval, of_draws
from trainer.text.names import Names

Way = Literal["tf-idf", "embedding"]

#: Labels of each sector that are measured.
LABELS = (2, 5, 10, 20, 50, 100, 200)
#: Times that as many labels are drawn.
REPEATS = 10

#: Embeddings of names, shape (names, width).
Embed = Callable[[list[str]], np.ndarray]


class Point(msgspec.Struct):
    """What the ways are worth with one number of labels."""

    labelsOfEach: int
    #: Balanced accuracy: mean over the draws, with its interval.
    accuracy: dict[Way, Interval]
    #: That of the embedding less that of tf-idf, paired by draw; above 0 is better.
    gain: Interval
    chosen: Way


def measure_text(pool: Names, later: Names, embed: Embed, seed: int, say: Callable[[str], None]) -> list[Point]:
    """Measure both ways with more and more labels.

    Args:
        pool: names that labels are drawn from.
        later: names of a later time, to measure on.
        embed: the sentence model.
        seed: of the draws.
        say: takes progress.
    """
    embedded = embed(pool.names), embed(later.names)
    points = []
    for labels in LABELS:
        scores = np.asarray([_scores(pool, later, embedded, _draw(pool, labels, seed, n)) for n in range(REPEATS)])
        gain = of_draws(scores[:, 1] - scores[:, 0])
        chosen: Way = "embedding" if gain.low > 0 else "tf-idf"
        points.append(
            Point(labels, {"tf-idf": of_draws(scores[:, 0]), "embedding": of_draws(scores[:, 1])}, gain, chosen)
        )
        say(f"{labels} labels of each sector: {chosen}, gain of the embedding {gain.value:+.3f}")
    return points


def _scores(
    pool: Names, later: Names, embedded: tuple[np.ndarray, np.ndarray], drawn: np.ndarray
) -> tuple[float, float]:
    """Balanced accuracy of tf-idf and of the embedding."""
    counts = make_union(
        TfidfVectorizer(sublinear_tf=True), TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    )
    words = csr_matrix(counts.fit_transform([pool.names[number] for number in drawn]))
    return (
        _accuracy(words, pool.sectors[drawn], csr_matrix(counts.transform(later.names)), later.sectors),
        _accuracy(embedded[0][drawn], pool.sectors[drawn], embedded[1], later.sectors),
    )


def _accuracy(
    inputs: np.ndarray | csr_matrix, sectors: np.ndarray, later: np.ndarray | csr_matrix, truth: np.ndarray
) -> float:
    regression = LogisticRegression(C=10.0, max_iter=300).fit(inputs, sectors)
    return float(balanced_accuracy_score(truth, regression.predict(later)))


def _draw(pool: Names, labels: int, seed: int, repeat: int) -> np.ndarray:
    """So many names of each sector, as places in the pool."""
    random = np.random.default_rng([seed, labels, repeat])
    sectors = np.unique(pool.sectors)
    return np.concatenate([random.permutation(np.flatnonzero(pool.sectors == each))[:labels] for each in sectors])
