"""How fast PubMed's bulk files are parsed, side by side with other programs. Run by `make bench`.

The records are generated, in the shape and about the size of those in update files. `pubmed_parser` is
measured where it is installed (`pip install pubmed_parser`). `Bio.Entrez.read` can't read the document type
of bulk files and holds all records at once: it gets the same records as an EFetch answer, a tenth as many.
"""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_WORDS = (
    "bees hives dance expression of the in and colonies was with flowers by nectar signalling increased pollen "
    "season study treated group analysis levels compared reduced queens temperature observed measured"
).split()
_SHARE = 0.15
"""Share of records that pass the pre-filter: of 1,500 abstracts on chemicals and diseases (BC5CDR) 0.12 do."""
_SECTIONS = ("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS")
_BULK = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet SYSTEM '
    '"http://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
_EFETCH = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)

_TIMED = """
import sys, time
from pathlib import Path
from tests.memory import peak_mib
{set_up}
started = time.perf_counter()
count = 0
{read}
seconds = time.perf_counter() - started
print(f"{what}: {{count}} records, {{count / seconds:.0f}} records/s, peak {{peak_mib()}} MiB")
"""

_FILTERED = (
    "from pipeline.settings import BulkSettings\nfrom pipeline.sources.bulk import open_bulk\n"
    "from pipeline.sources.parsed_files import ParsedFiles\n"
    "entry = {}\nkept = ParsedFiles(Path(sys.argv[1]).parent / 'kept.sqlite')",
    "for record in open_bulk(sys.argv[1], entry, BulkSettings(), kept):\n    count += 1\n"
    "count += entry['passed_over']",
    "bulk",
)
PROGRAMS = {
    "tamrex, all records": (
        "from pipeline.settings import BulkSettings\nfrom pipeline.sources.bulk import open_bulk\n"
        "settings = BulkSettings(prefilter=False)",
        "for record in open_bulk(sys.argv[1], {}, settings):\n    count += 1",
        "bulk",
    ),
    "tamrex, pre-filter on and what came kept": _FILTERED,
    "tamrex, from what was kept": _FILTERED,
    "pubmed_parser": (
        "import pubmed_parser",
        "for file in sorted(Path(sys.argv[1]).glob('*.gz')):\n"
        "    count += len(list(pubmed_parser.parse_medline_xml(str(file))))",
        "bulk",
    ),
    "Bio.Entrez.read": (
        "from Bio import Entrez",
        "for file in Path(sys.argv[1]).glob('*.xml'):\n    with file.open('rb') as stream:\n"
        "        count += len(Entrez.read(stream)['PubmedArticle'])",
        "efetch",
    ),
}


def records(count: int, seed: int = 1) -> Iterator[str]:
    """Yield generated records with abstract, authors, headings and identifiers, 8 to 10 KB each."""
    chosen = random.Random(seed)

    def words(number: int) -> str:
        return " ".join(chosen.choices(_WORDS, k=number))

    for pmid in range(1, count + 1):
        subject = "Macrophages" if chosen.random() < _SHARE else "Bees"
        abstract = "".join(
            f'<AbstractText Label="{label}" NlmCategory="{label}">{subject} {words(55)} CD8<sup>+</sup>.</AbstractText>'
            for label in _SECTIONS
        )
        authors = "".join(
            f'<Author ValidYN="Y"><LastName>A{n}</LastName><ForeName>B {n}</ForeName><Initials>B</Initials>'
            f"<AffiliationInfo><Affiliation>{words(20)}.</Affiliation></AffiliationInfo></Author>"
            for n in range(8)
        )
        headings = "".join(
            f'<MeshHeading><DescriptorName UI="D{n:06d}" MajorTopicYN="N">{words(2)}</DescriptorName>'
            f'<QualifierName UI="Q{n:06d}" MajorTopicYN="Y">{words(1)}</QualifierName></MeshHeading>'
            for n in range(14)
        )
        cited = "".join(
            f"<Reference><Citation>{words(15)}.</Citation><ArticleIdList>"
            f'<ArticleId IdType="pubmed">{n + 1}</ArticleId></ArticleIdList></Reference>'
            for n in range(10)
        )
        yield (
            f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
            "<DateRevised><Year>2026</Year><Month>01</Month><Day>02</Day></DateRevised>"
            '<Article PubModel="Print"><Journal><ISSN IssnType="Print">0000-0000</ISSN><JournalIssue '
            'CitedMedium="Print"><Volume>1</Volume><PubDate><Year>2025</Year><Month>Jan</Month></PubDate>'
            "</JournalIssue><Title>Journal of Tests</Title></Journal>"
            f"<ArticleTitle>{words(14)}.</ArticleTitle>"
            f'<ELocationID EIdType="doi" ValidYN="Y">10.1000/{pmid}</ELocationID>'
            f'<Abstract>{abstract}</Abstract><AuthorList CompleteYN="Y">{authors}</AuthorList>'
            '<Language>eng</Language><PublicationTypeList><PublicationType UI="D016428">Journal Article'
            "</PublicationType></PublicationTypeList></Article>"
            "<MedlineJournalInfo><MedlineTA>J Tests</MedlineTA></MedlineJournalInfo>"
            f"<MeshHeadingList>{headings}</MeshHeadingList></MedlineCitation><PubmedData>"
            f'<ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId></ArticleIdList>'
            f"<ReferenceList>{cited}</ReferenceList></PubmedData></PubmedArticle>\n"
        )


def main(count: int) -> None:
    """Print records a second and peak memory of each program, each in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        bulk, efetch = Path(place) / "bulk", Path(place) / "efetch"
        bulk.mkdir()
        efetch.mkdir()
        stream = records(count)
        some: list[str] = []
        for number in range(1, max(2, count // 30_000 + 2)):
            part = [record for _, record in zip(range(30_000), stream, strict=False)]
            some = some or part[: count // 10]
            if part:
                text = f"{_BULK}<PubmedArticleSet>{''.join(part)}</PubmedArticleSet>"
                (bulk / f"pubmed26n{number:04d}.xml.gz").write_bytes(gzip.compress(text.encode(), 6))
        text = f"{_EFETCH}<PubmedArticleSet>{''.join(some)}</PubmedArticleSet>"
        (efetch / "answer.xml").write_text(text, "utf-8")
        for what, (set_up, read, folder) in PROGRAMS.items():
            code = _TIMED.format(set_up=set_up, read=read, what=what)
            done = subprocess.run(
                [sys.executable, "-c", code, str(Path(place) / folder)], capture_output=True, text=True
            )
            missing = done.stderr.strip().splitlines()[-1:] if done.returncode else []
            print(done.stdout.strip() or f"{what}: not measured ({' '.join(missing)})", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
