"""The records that pass between stages: what was read, what was refused, what was found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

TITLE_LABEL = "TITLE"


@dataclass(frozen=True, slots=True)
class Section:
    """A labelled stretch of an article's text, ``text[start:end]`` (code points, half open).

    The title's section has the label ``TITLE``; an abstract without labels is one section with an
    empty label. The printed label (``RESULTS: ``) lies inside the stretch.
    """

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One record as it was read: bibliographic fields and the text that all offsets refer to.

    ``text`` is ``title + "\\n" + abstract`` with white space folded to single blanks inside the title
    and inside each section; the sections of a structured abstract are joined by a line break.
    ``pmid`` is any non-empty id (``"review:45"`` too). ``version`` is PubMed's record version.
    """

    pmid: str
    text: str
    sections: tuple[Section, ...]
    doi: str = ""
    year: int | None = None
    journal: str = ""
    article_type: str = ""
    retracted: bool = False
    version: int = 1
    source: str = ""

    @property
    def title(self) -> str:
        """The first line of the text; empty for a record with no title."""
        return self.text.split("\n", 1)[0]

    @property
    def abstract(self) -> str:
        """All of the text after its first line."""
        return self.text.split("\n", 1)[1] if "\n" in self.text else ""

    @property
    def digest(self) -> str:
        """SHA-256 of the text in hexadecimal, to tell whether a copy is the same."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


def fold_space(words: str) -> str:
    """Fold every run of white space (Unicode's too) to one blank and strip the ends."""
    return " ".join(words.split())


def compose_article(
    pmid: str,
    title: str,
    parts: list[tuple[str, str]],
    *,
    doi: str = "",
    year: int | None = None,
    journal: str = "",
    article_type: str = "",
    retracted: bool = False,
    version: int = 1,
    source: str = "",
) -> Article:
    """Build an article's text and sections from its title and the ``(label, words)`` of its abstract.

    Empty parts are left out. Labels are written before their words as ``LABEL: words``.
    """
    pieces = [fold_space(title)]
    sections = [Section(TITLE_LABEL, 0, len(pieces[0]))]
    at = len(pieces[0]) + 1
    for label, words in parts:
        label, words = fold_space(label), fold_space(words)
        if not words:
            continue
        piece = f"{label}: {words}" if label else words
        sections.append(Section(label, at, at + len(piece)))
        pieces.append(piece)
        at += len(piece) + 1
    text = "\n".join(pieces) if len(pieces) > 1 else pieces[0] + "\n"
    return Article(
        pmid=pmid,
        text=text,
        sections=tuple(sections),
        doi=doi,
        year=year,
        journal=fold_space(journal),
        article_type=article_type,
        retracted=retracted,
        version=version,
        source=source,
    )


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record or line that was not used, and why; one row of ``rejected.csv``.

    ``place`` tells where in the source it stands (line, byte or record number); ``stage`` is the
    stage that refused it; ``reason`` begins with a code word (``no-pmid``, ``duplicate`` …).
    """

    source: str
    place: str
    pmid: str
    stage: str
    reason: str


@dataclass(slots=True)
class Tally:
    """Counts of one stage; ``taken`` must equal ``given + rejected``."""

    taken: int = 0
    given: int = 0
    rejected: int = 0
    seconds: float = field(default=0.0)
