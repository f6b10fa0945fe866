"""Where the slots of a row stand in its passage, to colour them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rich.text import Text

JOINT = " … "
"""What stands between the sentences of a passage."""
STYLES = {
    "mediator": "bold magenta",
    "molecule": "bold magenta",
    "target": "bold magenta",
    "drug": "bold green",
    "agent": "bold green",
    "partner_drug": "green",
    "population": "bold blue",
    "cancer": "yellow",
    "cell_line": "cyan",
}
"""Slots that are coloured, with their look in the terminal (Rich's style words)."""
SLOTS = tuple(STYLES)


class SlotPlace(NamedTuple):
    """Words of a slot at `start:end` of a passage (code points, half open)."""

    start: int
    end: int
    slot: str


def cut_passage(text: str, spans: str) -> str:
    """Return the sentences that `start-end|start-end` names, joined as in a passage."""
    return JOINT.join(text[start:end] for start, end in _spans(spans))


def slot_places(row: Mapping[str, str], passage: str) -> list[SlotPlace]:
    """Return where a row's slots stand in its passage, in order and without overlaps.

    A slot with offsets is placed by them, one with words only at each occurrence of its words.
    """
    found: list[SlotPlace] = []
    at = 0
    for start, end in _spans(row.get("passage_spans", "")):
        for slot in SLOTS:
            if row.get(f"{slot}_start"):
                low, high = int(row[f"{slot}_start"]), int(row[f"{slot}_end"])
                if start <= low and high <= end:
                    found.append(SlotPlace(at + low - start, at + high - start, slot))
        at += end - start + len(JOINT)
    for slot in SLOTS:
        words = row.get(f"{slot}_text", "")
        if words and not row.get(f"{slot}_start"):
            begin = -1
            while (begin := passage.find(words, begin + 1)) >= 0:
                found.append(SlotPlace(begin, begin + len(words), slot))
    return _apart(found)


def coloured_passage(row: Mapping[str, str], passage: str) -> Text:
    """Return a passage for the terminal, each slot's words coloured."""
    words = Text(passage)
    for start, end, slot in slot_places(row, passage):
        words.stylize(STYLES[slot], start, end)
    return words


def _apart(places: list[SlotPlace]) -> list[SlotPlace]:
    kept: list[SlotPlace] = []
    for place in sorted(places, key=lambda p: (p.start, -p.end, SLOTS.index(p.slot))):
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return kept


def _spans(words: str) -> Iterator[tuple[int, int]]:
    for span in filter(None, words.split("|")):
        start, end = map(int, span.split("-"))
        yield start, end
