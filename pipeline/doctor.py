"""Check of the installation: what a run needs, and whether it is there."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator

from pipeline.errors import TamrexError
from pipeline.model_files import chosen_model
from pipeline.settings import Settings

_PACKAGES = ("spacy", "scispacy", "Bio", "lxml", "pandas")


def examine(settings: Settings) -> Iterator[tuple[bool, str]]:
    """Yield ``(well, what)`` for each thing that a run needs."""
    for package in _PACKAGES:
        try:
            module = importlib.import_module(package)
        except ImportError as fault:
            yield False, f"package {package}: {fault}; run `make install`"
        else:
            yield True, f"package {package} {getattr(module, '__version__', '')}".rstrip()
    yield _language(settings)
    path = settings.store.path
    try:
        from pipeline.store import Store

        with Store(path):
            yield True, f"store {path}"
    except TamrexError as fault:
        yield False, str(fault)
    # Only sources of the network need an address, so its absence is told and is no fault.
    email = settings.entrez.email
    yield True, f"entrez.email {'set' if email else 'not set: needed for --query and --pmids'}"
    yield (
        True,
        f"entrez.api_key {'set: 10 requests a second' if settings.entrez.api_key else 'not set: 3 a second'}",
    )


def _language(settings: Settings) -> tuple[bool, str]:
    from pipeline.annotation import doc_findings, load_annotator

    started = time.monotonic()
    try:
        nlp = load_annotator(chosen_model(settings.annotate))
        found = doc_findings(nlp("Silencing CCL2 restored sensitivity to tamoxifen."))
    except TamrexError as fault:
        return False, str(fault)
    seconds = time.monotonic() - started
    names = ", ".join(mention.name for mention in found.mentions)
    return bool(
        found.mentions
    ), f"language pipeline loaded in {seconds:.1f} s; recognises {names or 'nothing'}"
