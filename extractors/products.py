"""Which matrix product the models use."""

from __future__ import annotations

from spacy.language import Language
from spacy.pipeline import TrainablePipe
from thinc.api import NumpyOps


def use_numpy_products(nlp: Language) -> None:
    """Make every model of a pipeline multiply by numpy's BLAS in place of blis.

    Predictions are the same; tagger and parser run about twice as fast on a processor where
    OpenBLAS has kernels of its own.
    """
    for _, pipe in nlp.pipeline:
        if not isinstance(pipe, TrainablePipe):
            continue
        for node in pipe.model.walk():
            if isinstance(node.ops, NumpyOps):
                node.ops.use_blis = False
