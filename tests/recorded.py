"""Parse recorded answers of PubMed that a user keeps, and compare with what is expected of them.

Run by `make check-recorded DATA=folder`; the folder holds `expected.json` and the files that it names.
Prints each difference and ends with 1 if there was one. Beside the expected values, every record is
compared with all the text of its nodes, gathered here in another way.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

from lxml import etree

from pipeline.records import Article, Rejection, fold_space
from pipeline.sources.pubmed_xml import read_pubmed_xml

_ROOTS = ("PubmedArticleSet", "PubmedBookArticleSet")
_NO_TITLE = ("[Not Available].", "[In Process Citation]", "[Not Available]")


def node_texts(raw: bytes) -> list[tuple[str, str]]:
    """Return title and abstract (all characters but white space) of each record, in order."""
    root = etree.fromstring(
        raw, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    )
    texts = []
    for record in root.iter("MedlineCitation", "BookDocument"):
        base = record.find("Article") if record.tag == "MedlineCitation" else record
        if base is None:
            texts.append(("", ""))
            continue
        title = base.find("ArticleTitle")
        if title is None or not "".join(title.itertext()).strip():
            title = base.find("Book/BookTitle")
        parts = base.findall("Abstract/AbstractText")
        texts.append((_squeezed(title) if title is not None else "", "".join(map(_squeezed, parts))))
    return texts


def _squeezed(element: Any) -> str:
    return "".join("".join(element.itertext()).split())


def differences(expected: dict[str, Any], article: Article, nodes: tuple[str, str]) -> list[str]:
    """Name the fields of a record that were read otherwise than expected."""
    found = []
    title = fold_space(expected.get("title") or "")
    if title in _NO_TITLE:
        title = ""  # the original title stands for it
    elif article.title != title:
        found.append(f"title {article.title!r} for {title!r}")
    if title and "".join(article.title.split()) != nodes[0]:
        found.append("title lacks text of its nodes")
    read = "".join(_without_label(article, place) for place in range(1, len(article.sections)))
    if "".join(read.split()) != nodes[1]:
        found.append("abstract lacks text of its nodes")
    labels = [section.label for section in article.sections[1:] if section.label]
    wanted = [
        fold_space(label) for label in expected.get("labels") or [] if label and label.upper() != "UNLABELLED"
    ]
    if labels != wanted:
        found.append(f"labels {labels} for {wanted}")
    if article.retracted != bool(expected.get("retracted")):
        found.append(f"retracted {article.retracted}")
    if article.doi != (expected.get("doi") or "").lower():
        found.append(f"doi {article.doi!r} for {expected.get('doi')!r}")
    return found


def _without_label(article: Article, place: int) -> str:
    section = article.sections[place]
    words = article.text[section.start : section.end]
    return words.removeprefix(f"{section.label}: ") if section.label else words


def main(data: Path) -> int:
    """Check every recorded file of PubMed records under `data`; return how many differ."""
    files = json.loads((data / "expected.json").read_text("utf-8"))["files"]
    bad = total = 0
    for name, entry in files.items():
        if entry.get("root") not in _ROOTS:
            continue
        raw = (data / name).read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        read = [*read_pubmed_xml(io.BytesIO(raw), name)]
        records = [r for r in read if isinstance(r, Article) or r.place.startswith("record")]
        nodes = node_texts(raw)
        deleted = sorted(r.pmid for r in read if isinstance(r, Rejection) and r.reason.startswith("deleted"))
        if deleted != sorted(entry.get("deleted_pmids") or []):
            bad += 1
            print(f"{name}: deletions {deleted} for {entry.get('deleted_pmids')}")
        wanted = entry.get("records") or []
        if len(records) != len(wanted):
            bad += 1
            print(f"{name}: {len(records)} records for {len(wanted)}")
        for expected, record, node in zip(wanted, records, nodes, strict=False):
            total += 1
            if isinstance(record, Rejection):
                empty = not expected.get("title") and not expected.get("abstract_parts")
                wrong = [] if empty else [record.reason]
            else:
                wrong = differences(expected, record, node)
            if wrong:
                bad += 1
                print(f"{name} {expected.get('pmid')}: {'; '.join(wrong)}")
    print(f"{total} records, {bad} differ")
    return bad


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1])) else 0)
