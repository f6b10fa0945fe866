"""Make clusters of words from unlabelled text: floret's vectors, then k-means at three grains.

floret (Bojanowski et al., TACL 2017, 5:135, with hashed subwords) is run on one thread, so that the same text
gives the same vectors; it and scikit-learn come with the extra `train`.
"""

from __future__ import annotations

import gzip
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from extractors.training.refusal import Refusal

GRAINS = (100, 500, 1500)
"""How many clusters there are at each grain, coarse to fine."""
DIMENSIONS, EPOCHS, FEWEST, SEED = 100, 5, 3, 1
_TOKEN = re.compile(r"[A-Za-z]+|\d+|[^\sA-Za-z\d]")
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z])|\n")
_SHORTEST = 4
"""Tokens of the shortest sentence that is used."""


def sentences(texts: Iterable[str]) -> Iterator[str]:
    """Yield sentences in lower case, letters, numbers and signs apart."""
    for text in texts:
        for sentence in _SENTENCE.split(text):
            tokens = _TOKEN.findall(sentence)
            if len(tokens) >= _SHORTEST:
                yield " ".join(tokens).lower()


def unlabelled_texts(corpora: Path, abstracts: Path | None, refusal: Refusal) -> Iterator[str]:
    """Yield all texts that may be used, each once: abstracts, and the training parts of the corpora.

    A text whose document is not known by an id is left out: it can't be told from a refused one.

    Parameters
    ----------
    abstracts
        JSON lines with `pmid`, `title` and `abstract`, or None.
    """
    import json

    seen: set[str] = set()
    paths = [abstracts] if abstracts else []
    for path in [*paths, *sorted((corpora / "ner").glob("*.jsonl.gz"))]:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                values = json.loads(line)
                ids = [str(values.get(name) or "") for name in ("pmid", "pmcid")]
                title = values.get("title") or ""
                text = values.get("text") or f"{title}\n{_words(values.get('abstract') or '')}"
                if values.get("split") == "test" or not any(ids) or text in seen:
                    continue
                if refusal.refuses(path.name.split(".")[0], ids, title):
                    continue
                seen.add(text)
                yield text


def _words(abstract: str | list[dict[str, str]]) -> str:
    return abstract if isinstance(abstract, str) else " ".join(part["text"] for part in abstract)


def train_clusters(texts: Iterable[str], out: Path) -> int:
    """Train vectors and cluster them; write `word<TAB>cluster<TAB>cluster<TAB>cluster` lines, gzipped.

    Returns
    -------
    int
        How many words have clusters.
    """
    import floret
    from sklearn.cluster import MiniBatchKMeans

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.txt"
        with corpus.open("w", encoding="utf-8") as file:
            file.writelines(f"{sentence}\n" for sentence in sentences(texts))
        model = floret.train_unsupervised(
            str(corpus),
            model="skipgram",
            dim=DIMENSIONS,
            epoch=EPOCHS,
            minCount=FEWEST,
            minn=3,
            maxn=5,
            bucket=200_000,
            thread=1,
        )
    words = model.get_words()
    vectors = np.array([model.get_word_vector(word) for word in words], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    columns = [
        MiniBatchKMeans(k, batch_size=4096, n_init=1, max_iter=60, random_state=SEED).fit_predict(vectors)
        for k in GRAINS
    ]
    rows = sorted("\t".join((word, *map(str, row))) for word, *row in zip(words, *columns, strict=True))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(gzip.compress("".join(f"{row}\n" for row in rows).encode(), 9, mtime=0))
    return len(rows)
