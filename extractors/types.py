"""What is found in a text: mentions, and relations between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RESISTANCE, MACROPHAGE, INTERVENTIONS = "resistance", "macrophage", "interventions"
RELATION_KINDS = (RESISTANCE, MACROPHAGE, INTERVENTIONS)
THRESHOLD = 0.8
"""Score from which a claim is accepted; chosen on dev, odd documents and by cross-validation on labels."""

MENTION_KINDS = (
    "macrophage",
    "immune_cell",
    "cancer",
    "cell_line",
    "drug",
    "drug_class",
    "generic_drug",
    "cytokine",
    "gene",
    "mirna",
    "lncrna",
    "pathway",
    "vesicle",
    "species",
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text: ``text == document[start:end]`` (code points, half open).

    ``id`` is a CURIE of the knowledge base, empty when the name has no trustworthy concept;
    ``name`` is the concept's preferred name, or the normalised words.
    """

    start: int
    end: int
    text: str
    kind: str
    id: str
    name: str
    negated: bool = False

    @property
    def key(self) -> str:
        """What the mention is grouped by: its id, or its normalised words where it has none."""
        return self.id or self.name


@dataclass(frozen=True)
class Relation:
    """A claim found in one document.

    Attributes
    ----------
    kind
        One of `RELATION_KINDS`.
    arguments
        Slot name to mention: ``mediator``, ``drug``, ``population``, ``molecule``, ``agent``,
        ``target``, ``partner_drug``, ``cancer``, ``cell_line``. Empty slots are left out.
    lists
        Slots with several values: ``via``, ``mediator_source``, ``mediator_recipient``, ``species``.
    labels
        Slot name to a fixed word: ``effect``, ``basis``, ``population_role``, ``relation``,
        ``toward``, ``effect_on_macrophages``, ``effect_on_tumour``; ``manipulation`` and
        ``trial_ids`` hold words of the text.
    spans
        The passage: sentences that carry the claim, as ordered ``(start, end)`` offsets.
    score
        Between 0 and 1, higher is surer; not a probability until it is calibrated.
    pattern
        Ids of the rules that proposed the claim, joined by ``|``.
    features
        What the score was made of, for `tamrex explain`.
    """

    kind: str
    arguments: Mapping[str, Mention]
    labels: Mapping[str, str]
    spans: tuple[tuple[int, int], ...]
    lists: Mapping[str, tuple[Mention, ...]] = field(default_factory=dict)
    negated: bool = False
    speculated: bool = False
    score: float = 0.0
    pattern: str = ""
    features: Mapping[str, float] = field(default_factory=dict)
