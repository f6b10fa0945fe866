"""Load the language pipeline from its one configuration file, and tell its version."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

# One thread a process: products of this size gain nothing from more, and runs are sharded by process.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from spacy import about
from spacy.language import Language
from spacy.util import load_config, load_model_from_config

from extractors import (
    abbreviations,
    context,
    document_names,
    entities,
    lemmas,
    linking,
    recognised_names,
    sentences,
    syntax,
    tokenizer,
)
from extractors.recognition import component
from extractors.relations import scorer

_HERE = Path(__file__).parent
CONFIG = _HERE / "pipeline.cfg"
SYNTAX_MODEL = _HERE / "models" / "syntax"
# Importing a component's module registers its factory.
COMPONENT_MODULES = (
    abbreviations,
    component,
    context,
    document_names,
    entities,
    lemmas,
    linking,
    recognised_names,
    sentences,
    syntax,
    tokenizer,
)
_VERSIONED_SUFFIXES = {".py", ".toml", ".cfg", ".jsonl", ".gz", ".json", ".txt", ".tsv", ""}


class ModelError(Exception):
    """A model folder that is missing, incomplete or made for another spaCy."""


def load_pipeline(model: Path | None = None, *, parse_everything: bool = False) -> Language:
    """Load the pipeline.

    Parameters
    ----------
    model
        Folder of a spaCy pipeline whose `tok2vec`, `tagger` and `parser` are
        used; left out, the shipped one.
    parse_everything
        Whether sentences that can hold no relation get tags and trees, too.

    Raises
    ------
    ModelError
        If the folder can't be loaded; the message names the folder and the mend.
    """
    folder = model or SYNTAX_MODEL
    try:
        scorer.claim_weights()
    except (OSError, ValueError, KeyError) as fault:
        raise ModelError(f"{scorer.CLAIM_WEIGHTS} can't be read; install tamrex again") from fault
    if not (folder / "meta.json").is_file():
        raise ModelError(f"no model in {folder}; give the folder of a spaCy pipeline (it holds meta.json)")
    overrides = {"paths.syntax": str(folder), "components.tamrex_syntax.everything": parse_everything}
    config = load_config(CONFIG, overrides=overrides)
    try:
        nlp = load_model_from_config(config, auto_fill=True)
    except (OSError, ValueError, KeyError) as fault:
        first_line = str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
        raise ModelError(
            f"model in {folder} can't be loaded by spaCy {about.__version__} ({first_line}); "
            "install the version that meta.json names, or reinstall tamrex"
        ) from fault
    return nlp


@cache
def pipeline_version(model: Path | None = None) -> str:
    """Return 12 hex digits over everything that decides what is found in a text.

    Covers the code, data and models of this package, spaCy's version and a model of the user's own.
    """
    digest = hashlib.sha256(about.__version__.encode())
    folders = [_HERE] if model is None else [_HERE, model]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if "__pycache__" in relative.parts or "training" in relative.parts or not path.is_file():
                continue
            if "models" not in relative.parts and path.suffix not in _VERSIONED_SUFFIXES:
                continue
            digest.update(relative.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
