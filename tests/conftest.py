"""What several tests share."""

from __future__ import annotations

import pytest
from spacy.language import Language

from extractors.loading import load_pipeline


@pytest.fixture(scope="session")
def nlp() -> Language:
    """The language pipeline as it is shipped, loaded once."""
    return load_pipeline()
