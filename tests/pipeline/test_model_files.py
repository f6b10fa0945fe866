"""A syntax model of the user's own: folder, archive, address with a hash; and what is wrong with one."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import spacy

from extractors.loading import SYNTAX_MODEL
from pipeline.annotation import load_annotator
from pipeline.errors import SourceError, UsageError
from pipeline.model_files import chosen_model, model_folder
from pipeline.settings import AnnotateSettings


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in the shape of a published model: a package that holds the pipeline's folder."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "en_small-1.0" / "en_small").mkdir(parents=True)
    spacy.blank("en").to_disk(folder / "en_small-1.0" / "en_small" / "en_small-1.0")
    with tarfile.open(folder / "en_small-1.0.tar.gz", "w:gz") as tar:
        tar.add(folder / "en_small-1.0", "en_small-1.0")
    return folder / "en_small-1.0.tar.gz"


@pytest.fixture
def address(archive: Path) -> Iterator[str]:
    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(archive.parent)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{archive.name}"
    server.shutdown()
    server.server_close()
    thread.join()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_folder_or_one_that_holds_it_is_taken_as_it_is(archive: Path, tmp_path: Path) -> None:
    inner = archive.parent / "en_small-1.0" / "en_small" / "en_small-1.0"
    assert model_folder(str(inner), cache=tmp_path) == inner
    assert model_folder(str(archive.parent / "en_small-1.0"), cache=tmp_path) == inner
    assert chosen_model(AnnotateSettings()) is None


def test_an_archive_is_unpacked_once(archive: Path, tmp_path: Path) -> None:
    found = model_folder(str(archive), digest(archive), cache=tmp_path)
    assert (found / "meta.json").is_file() and found.is_relative_to(tmp_path)
    before = found.stat().st_mtime_ns
    assert model_folder(str(archive), cache=tmp_path) == found and found.stat().st_mtime_ns == before


def test_an_address_is_fetched_by_its_hash(archive: Path, address: str, tmp_path: Path) -> None:
    found = model_folder(address, digest(archive), cache=tmp_path)
    assert (found / "config.cfg").is_file()
    # The second time nothing is asked for: the address may be gone.
    assert model_folder("http://127.0.0.1:9/gone", digest(archive), cache=tmp_path) == found


def test_what_is_wrong_with_a_model_is_told(archive: Path, address: str, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    empty = tmp_path / "empty"
    empty.mkdir()
    for model, sha256, words in (
        (str(tmp_path / "nowhere"), "", "there is no such model"),
        (str(empty), "", "there is no model in it"),
        (str(cut), "", "can't be unpacked"),
        (str(archive), "0" * 64, "another hash"),
        (address, "", "needs its hash"),
        (address, "0" * 64, "another hash"),
    ):
        with pytest.raises(UsageError, match=words):
            model_folder(model, sha256, cache=tmp_path / "cache")
    with pytest.raises(SourceError, match="can't be downloaded"):
        model_folder(f"{address}.gone", "0" * 64, cache=tmp_path / "cache")
    assert not any((tmp_path / "cache").glob("*")) if (tmp_path / "cache").exists() else True


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("../outside")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(UsageError, match="can't be unpacked"):
        model_folder(str(tmp_path / "bad.tar.gz"), cache=tmp_path / "cache")
    assert not (tmp_path / "outside").exists()


def test_a_model_that_is_cut_or_of_another_kind_is_one_line(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(UsageError, match="can't be loaded by spaCy"):
        load_annotator(tmp_path / "blank")
    copy = tmp_path / "cut"
    for path in SYNTAX_MODEL.rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(SYNTAX_MODEL)
            target.parent.mkdir(parents=True, exist_ok=True)
            whole = path.read_bytes()
            target.write_bytes(whole[: len(whole) // 2] if path.parts[-2:] == ("tok2vec", "model") else whole)
    with pytest.raises(UsageError, match="can't be loaded by spaCy"):
        load_annotator(copy)
