"""A syntax model of the user's own: a folder, an archive, or an archive at an address with its hash.

scispaCy's models are published as such archives (`en_core_sci_sm-0.5.4.tar.gz` holds the folder of a spaCy
pipeline); nothing is downloaded without a hash that the user wrote down.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path
from urllib.error import URLError

from pipeline.errors import SourceError, UsageError
from pipeline.settings import AnnotateSettings

META = "meta.json"
TIMEOUT = 60.0
"""Seconds without an answer after which a download fails."""
_LARGEST = 4_000_000_000
"""Bytes that an archive may unpack to: far above any model, so that a bomb ends early."""
_BLOCK = 1 << 20


def model_folder(model: str, sha256: str = "", cache: Path | None = None) -> Path:
    """Return the folder of a spaCy pipeline that a setting names.

    Parameters
    ----------
    model
        A folder with `meta.json` (or one that holds such a folder), an archive (`.tar.gz`, `.whl`, `.zip`),
        or the address of one (`https://…`), which needs `sha256`.
    sha256
        Hash of the archive in hexadecimal; checked where it is given.
    cache
        Where archives are unpacked; left out, `tamrex/models` under the user's cache folder.

    Raises
    ------
    UsageError
        If there is no such model, it has another hash, or it is no model.
    SourceError
        If it can't be downloaded.
    """
    if model.startswith(("http://", "https://")):
        if not sha256:
            raise UsageError(
                "a model from the network needs its hash",
                "annotate.model_sha256",
                "set it to the SHA-256 of the archive",
            )
        place = _cache(cache) / sha256.lower()
        if not place.is_dir():
            with tempfile.TemporaryDirectory() as folder:
                archive = Path(folder) / model.rsplit("/", 1)[-1]
                _download(model, archive)
                _check(archive, model, sha256)
                _unpack(archive, place)
        return _find(place, model)
    path = Path(model)
    if path.is_file():
        digest = _digest(path)
        _check(path, model, sha256, digest)
        place = _cache(cache) / digest
        if not place.is_dir():
            _unpack(path, place)
        return _find(place, model)
    if not path.is_dir():
        raise UsageError(
            "there is no such model", model, "give the folder of a spaCy pipeline, or an archive"
        )
    return _find(path, model)


def chosen_model(settings: AnnotateSettings) -> Path | None:
    """Return the folder of the model that the settings name; None for the shipped one."""
    return model_folder(settings.model, settings.model_sha256) if settings.model else None


def _cache(cache: Path | None) -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return cache or Path(home) / "tamrex" / "models"


def _download(address: str, target: Path) -> None:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer, target.open("wb") as file:
            shutil.copyfileobj(answer, file)
    except (URLError, OSError) as fault:
        raise SourceError(
            f"the model can't be downloaded ({type(fault).__name__})", address, "check the address, try again"
        ) from None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path, name: str, sha256: str, digest: str = "") -> None:
    digest = digest or _digest(path)
    if sha256 and digest != sha256.lower():
        raise UsageError(
            "the model has another hash than annotate.model_sha256",
            name,
            f"it is {digest}; get the archive again, or mend the setting",
        )


def _unpack(archive: Path, place: Path) -> None:
    """Unpack an archive beside its place and put it there whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".model.", dir=place.parent))
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                _refuse_large(sum(member.file_size for member in packed.infolist()), archive)
                packed.extractall(fresh)
        else:
            with tarfile.open(archive) as tar:
                _refuse_large(sum(member.size for member in tar), archive)
                # The filter refuses names and links that lead out of the folder (PEP 706).
                tar.extractall(fresh, filter="data")
        fresh.rename(place)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as fault:
        raise UsageError(
            f"the archive can't be unpacked ({type(fault).__name__})", str(archive), "get it again"
        ) from fault
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _refuse_large(size: int, archive: Path) -> None:
    if size > _LARGEST:
        raise UsageError("the archive unpacks to more than any model", str(archive), "get it again")


def _find(folder: Path, name: str) -> Path:
    """Return the folder with a pipeline's configuration, at any depth; the shallowest of several."""
    found = sorted(folder.rglob("config.cfg"), key=lambda path: len(path.parts))
    for path in found:
        if (path.parent / META).is_file():
            return path.parent
    raise UsageError("there is no model in it", name, "it must hold config.cfg and meta.json of a pipeline")
