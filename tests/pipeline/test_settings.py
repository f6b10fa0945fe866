"""Settings: file, environment, and what a typing slip is answered with."""

from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.settings import load_settings


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tamrex.toml").write_text("[extract]\nthreshold = 0.7\n[annotate]\nbatch_size = 8\n")
    assert load_settings().extract.threshold == 0.7
    monkeypatch.setenv("TAMREX_EXTRACT__THRESHOLD", "0.8")
    assert load_settings().extract.threshold == 0.8
    assert load_settings().annotate.batch_size == 8


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("[extract]\ntreshold = 0.7\n", "did you mean 'extract.threshold'"),
        ("[extrct]\n", "did you mean 'extract'"),
        ("[extract]\nthreshold = 'high'\n", "wrong value"),
        ("[extract\n", "not TOML"),
        ("[entrez]\nbase_url = 'localhost'\n", "not an address that begins with http"),
        ("[entrez]\nquery = ' '\n", "the query is empty"),
        ("[entrez]\nrate = 'fast'\n", r"valid number.*: entrez\.rate"),
        ("[gate]\ncounts_drop = 20\n", r"less than or equal to 1.*: gate\.counts_drop"),
        ("[gate]\ncount_drop = 0.1\n", "did you mean 'gate.counts_drop'"),
    ],
)
def test_bad_settings_are_named_in_one_line(tmp_path: Path, words: str, answer: str) -> None:
    (tmp_path / "tamrex.toml").write_text(words)
    with pytest.raises(UsageError, match=answer) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_misspelt_variable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMREX_ENTREZ__EMIAL", "a@b.org")
    with pytest.raises(UsageError, match=r"did you mean 'entrez\.email'"):
        load_settings()


def test_passwords_in_addresses_stay_out_of_the_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMREX_ENTREZ__BASE_URL", "https://me:s3cret@mirror.example.org/eutils/")
    monkeypatch.setenv("TAMREX_ANNOTATE__MODEL", "https://example.org/model.tar.gz?token=s3cret")
    values = load_settings().for_manifest()
    assert values["entrez"]["base_url"] == "https://mirror.example.org/eutils/"
    assert values["annotate"]["model"] == "https://example.org/model.tar.gz"


def test_api_key_stays_out_of_the_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMREX_ENTREZ__API_KEY", "s3cret")
    settings = load_settings()
    assert "s3cret" not in str(settings.for_manifest())
    assert "s3cret" not in repr(settings)
