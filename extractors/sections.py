"""Sentences begin where a line begins: title and sections are joined by line breaks."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc


@Language.component("tamrex_sections", assigns=["token.is_sent_start"])
def mark_section_starts(doc: Doc) -> Doc:
    """Start a sentence after each line break, and none at the break itself.

    Runs before the parser, which keeps to boundaries that are set.
    """
    for token in doc[1:]:
        if token.text == "\n":
            token.is_sent_start = False
        elif doc[token.i - 1].text == "\n":
            token.is_sent_start = True
    return doc
