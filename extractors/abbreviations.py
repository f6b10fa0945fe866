"""Abbreviations that a text defines itself, by scispaCy's detector (Schwartz and Hearst, 2003)."""

from __future__ import annotations

import warnings
from typing import Any

from scispacy.abbreviation import AbbreviationDetector
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

if not Doc.has_extension("tamrex_abbreviations"):
    Doc.set_extension("tamrex_abbreviations", default=None)


@Language.factory("tamrex_abbreviations", assigns=["doc._.tamrex_abbreviations"])
def create_abbreviations(nlp: Language, name: str) -> AbbreviationComponent:
    """Make the component."""
    return AbbreviationComponent(nlp)


class AbbreviationComponent:
    """Set `doc._.tamrex_abbreviations`: short form to the words of its long form."""

    def __init__(self, nlp: Language) -> None:
        self._detector: Any = AbbreviationDetector(nlp, name="abbreviation_detector")

    def __call__(self, doc: Doc) -> Doc:
        doc._.tamrex_abbreviations = {}
        if "(" in doc.text:
            with warnings.catch_warnings():
                # A text that defines no abbreviation leaves the detector's second matcher empty.
                warnings.filterwarnings("ignore", message=r".*\[W036\]")
                self._detector(doc)
            spans = filter_spans(list(doc._.abbreviations))
            for short in spans:
                doc._.tamrex_abbreviations.setdefault(short.text, short._.long_form.text)
            # The detector's own extension holds spans, which would keep the document in memory.
            doc._.abbreviations = []
        return doc
