"""What is scored: for each kind of claim its pair, what must agree with it, and its further slots."""

from __future__ import annotations

from typing import NamedTuple


class Slot(NamedTuple):
    """A slot as both tables write it: columns of ids and words, or of a label (`label` true)."""

    name: str
    ids: str
    words: str
    label: bool = False


class Kind(NamedTuple):
    """A kind of claim.

    `pair` must agree for a match, `labels` too for a right one; `slots` are scored on right ones.
    `direction` is what the share of right ones among matched ones is called.
    """

    name: str
    pair: tuple[Slot, Slot]
    labels: tuple[str, ...]
    slots: tuple[Slot, ...]
    direction: str


def _named(name: str) -> Slot:
    return Slot(name, f"{name}_id", f"{name}_name")


def _label(name: str) -> Slot:
    return Slot(name, "", name, label=True)


RESISTANCE = Kind(
    "resistance",
    (_named("mediator"), _named("drug")),
    ("effect",),
    (
        _label("basis"),
        _named("population"),
        _label("population_role"),
        _named("cancer"),
        Slot("cell_line", "cell_line_id", "cell_line_text"),
        Slot("via", "via_id", "via"),
    ),
    "direction",
)
MACROPHAGE = Kind(
    "macrophage",
    (_named("population"), _named("molecule")),
    ("relation", "toward"),
    (_named("cancer"),),
    "relation",
)
INTERVENTIONS = Kind(
    "interventions",
    (_named("agent"), _label("effect_on_macrophages")),
    (),
    (_named("target"), _label("effect_on_tumour"), _named("partner_drug"), _label("trial_ids")),
    "pair",
)
KINDS = (RESISTANCE, MACROPHAGE, INTERVENTIONS)
