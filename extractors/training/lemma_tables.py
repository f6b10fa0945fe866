"""Make the lemmatizer's tables from WordNet's lists in spaCy's `spacy-lookups-data` (PyPI, 1.0.5, MIT).

The package is 98 MB and is needed for this alone, so its English lists travel with us instead.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

CLASSES = ("noun", "verb", "adj")
SOURCE = (
    "PyPI spacy-lookups-data 1.0.5 (MIT), en_lemma_exc and en_lemma_index: WordNet 3.0, Princeton University"
)


def write_tables(data: Path, out: Path) -> dict[str, int]:
    """Write known base forms and irregular forms of single words; return how many of each.

    Parameters
    ----------
    data
        Folder `spacy_lookups_data/data` of the unpacked wheel.
    out
        The file to write (`lemmas.json.gz`): `source`, `known` (base forms by word class) and `irregular`
        (form → base form by word class).
    """
    raw = {name: (data / f"en_lemma_{name}.json.gz").read_bytes() for name in ("exc", "index")}
    irregular, index = (json.loads(gzip.decompress(raw[name])) for name in ("exc", "index"))
    tables = {
        "source": SOURCE,
        "sha256": {f"en_lemma_{name}.json.gz": hashlib.sha256(raw[name]).hexdigest() for name in raw},
        "known": {kind: sorted(word for word in index[kind] if word.isalpha()) for kind in CLASSES},
        "irregular": {
            kind: {form: bases[0] for form, bases in sorted(irregular[kind].items()) if form.isalpha()}
            for kind in CLASSES
        },
    }
    content = json.dumps(tables, ensure_ascii=False, separators=(",", ":")).encode()
    with out.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(content)
    return {
        f"{part}_{kind}": len(tables[part][kind])  # type: ignore[index]
        for part in ("known", "irregular")
        for kind in CLASSES
    }


if __name__ == "__main__":
    # python -m extractors.training.lemma_tables FOLDER/spacy_lookups_data/data
    import sys

    print(write_tables(Path(sys.argv[1]), Path(__file__).parent.parent / "lexicons" / "lemmas.json.gz"))
