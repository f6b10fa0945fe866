"""Counts, shares and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.matching import Judged, Matching, Sought

RESAMPLES = 1000
SEED = 20240131
FEWEST = 50
"""With fewer items than this a share is called "too few" (its counts are still printed)."""

Interval = tuple[float, float]
_COLUMNS = ("right", "wrong", "found", "missed", "mispaired")


@dataclass(frozen=True)
class Share:
    """A share with its 95% interval; `value` is None where there is nothing to divide by."""

    part: int
    whole: int
    interval: Interval | None = None

    @property
    def value(self) -> float | None:
        """The share itself, 0 to 1."""
        return self.part / self.whole if self.whole else None

    @property
    def too_few(self) -> bool:
        """Whether there are too few items to trust it."""
        return self.whole < FEWEST


@dataclass(frozen=True)
class Score:
    """Totals of one line: precision over the run's claims, recall over the required ones, direction."""

    precision: Share
    recall: Share
    direction: Share
    f1: float | None
    f1_interval: Interval | None
    documents: int


def count_table(
    matching: Matching,
    keep_judged: Callable[[Judged], bool] = lambda _: True,
    keep_sought: Callable[[Sought], bool] = lambda _: True,
) -> NDArray[np.int64]:
    """Count by document: (documents, 5) of right, wrong, found, missed, and missed with the pair there."""
    place = {pmid: number for number, pmid in enumerate(matching.documents)}
    table = np.zeros((len(place), len(_COLUMNS)), dtype=np.int64)
    for judged in matching.judged:
        if judged.verdict != "ignored" and keep_judged(judged):
            table[place[judged.claim.pmid], 0 if judged.verdict == "right" else 1] += 1
    for sought in matching.sought:
        if keep_sought(sought):
            row = place[sought.claim.pmid]
            table[row, 2 if sought.found else 3] += 1
            table[row, 4] += sought.paired
    return table


def score_counts(table: NDArray[np.int64]) -> Score:
    """Return totals and bootstrap intervals over documents for a table of `count_table`."""
    total = table.sum(axis=0)
    samples = resample(table)
    precision = _share(total, samples, (0,), (0, 1))
    recall = _share(total, samples, (2,), (2, 3))
    direction = _share(total, samples, (2,), (2, 4))
    values = _f1(samples)
    f1 = _f1(total[None, :].astype(float))[0]
    return Score(
        precision,
        recall,
        direction,
        None if np.isnan(f1) else float(f1),
        percentiles(values),
        len(table),
    )


def resample(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the column sums of `RESAMPLES` samples of as many rows, drawn with replacement (fixed seed)."""
    count = len(table)
    if not count:
        return np.zeros((RESAMPLES, table.shape[1]))
    weights = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return (weights @ table).astype(np.float64)


def percentiles(values: NDArray[np.float64]) -> Interval | None:
    """Return the middle 95% of values, those that are no number left out; None if all are."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def share_of(parts: Sequence[int], wholes: Sequence[int]) -> Share:
    """Return the share over items (documents, rows): sum of parts over sum of wholes, with its interval."""
    table = np.array([parts, wholes], dtype=np.int64).T.reshape(-1, 2)
    samples = resample(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = samples[:, 0] / samples[:, 1]
    return Share(int(table[:, 0].sum()), int(table[:, 1].sum()), percentiles(values))


def slot_shares(counts: Mapping[str, Iterable[int]]) -> tuple[Share, Share]:
    """Return precision and recall of a slot from (right, extra, missing) by document."""
    rows = [list(cell) for cell in counts.values()]
    right = [row[0] for row in rows]
    return (
        share_of(right, [row[0] + row[1] for row in rows]),
        share_of(right, [row[0] + row[2] for row in rows]),
    )


def paired_difference(
    ours: NDArray[np.int64], theirs: NDArray[np.int64], measure: str
) -> tuple[float, Interval, float] | None:
    """Compare two runs over the same documents by a paired bootstrap.

    Parameters
    ----------
    ours, theirs
        Tables of `count_table` with the same documents in the same order.
    measure
        `precision`, `recall`, `direction` or `f1`.

    Returns
    -------
    Difference (theirs less ours), its 95% interval, and the share of resamples in which the sign is the
    other one or zero, doubled and at most 1 (a two-sided p); None where a side has nothing to divide by.
    """
    both = np.hstack([ours, theirs])
    width = ours.shape[1]

    def differ(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return _measure(sums[:, width:], measure) - _measure(sums[:, :width], measure)

    value = differ(both.sum(axis=0, keepdims=True).astype(np.float64))[0]
    samples = differ(resample(both))
    interval = percentiles(samples)
    if np.isnan(value) or interval is None:
        return None
    known = samples[~np.isnan(samples)]
    tail = min(float((known <= 0).mean()), float((known >= 0).mean()))
    return float(value), interval, min(1.0, 2 * tail)


def _measure(sums: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    if name == "f1":
        return _f1(sums)
    part, other = {"precision": (0, 1), "recall": (2, 3), "direction": (2, 4)}[name]
    return _ratio(sums[:, part], sums[:, part] + sums[:, other])


def _f1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    precision = _ratio(sums[:, 0], sums[:, 0] + sums[:, 1])
    recall = _ratio(sums[:, 2], sums[:, 2] + sums[:, 3])
    return _ratio(2 * precision * recall, precision + recall)


def _share(
    total: NDArray[np.int64], samples: NDArray[np.float64], part: tuple[int, ...], whole: tuple[int, ...]
) -> Share:
    values = _ratio(samples[:, part].sum(axis=1), samples[:, whole].sum(axis=1))
    return Share(int(total[list(part)].sum()), int(total[list(whole)].sum()), percentiles(values))


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
