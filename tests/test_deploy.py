"""The ready-made files in `deploy/`: their command lines, settings, units and folders are those of this program."""

from __future__ import annotations

import configparser
import re
import shlex
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
import yaml
from pydantic import BaseModel

from pipeline.cli import app
from pipeline.settings import Settings
from pipeline.sources.hours import is_peak

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
RUNNERS = ["systemd/tamrex.service", "crontab", "slurm.sh", "github-actions.yml", "README.md"]
NEW_YORK = ZoneInfo("America/New_York")


def text(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def unit(name: str) -> configparser.ConfigParser:
    """Read a unit; of a key that stands several times the last value is kept."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=", comment_prefixes="#")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(re.sub(r"\\\n", " ", text(f"systemd/{name}")))
    return parser


def workflow() -> dict[str, Any]:
    # YAML 1.1, which PyYAML reads, takes `on` for true.
    return {
        "on" if key is True else key: value
        for key, value in yaml.safe_load(text("github-actions.yml")).items()
    }


def steps() -> list[dict[str, Any]]:
    return [step for job in workflow()["jobs"].values() for step in job["steps"]]


def command_lines(name: str) -> list[list[str]]:
    """Return the arguments of each call of tamrex in a file, by its path or by the image's name."""
    found = []
    for line in re.sub(r"\\\n\s*", " ", text(name)).splitlines():
        if line.lstrip().startswith("#"):
            continue
        call = re.search(r"""(?:bin/tamrex["']?|localhost/tamrex)\s+(?=-|[a-z]+\b)(.*)""", line)
        if call is None:
            continue
        rest = re.sub(r"\s\d?>{1,2}\s*(&\d|\S+)", " ", call[1])
        rest = re.sub(r"\$\([^)]*\)|\$\{[^}]*\}|\$\w+", "2", rest)
        lexer = shlex.shlex(rest, posix=True, punctuation_chars="|&;`")
        lexer.whitespace_split = True
        words = []
        for word in lexer:
            if set(word) <= set("|&;`"):
                break
            words.append(word)
        found.append(words)
    return found


def parsed(arguments: list[str]) -> tuple[str, dict[str, Any]]:
    """Parse arguments as the program would, and run nothing."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("tamrex", list(arguments))
    name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    return name, command.make_context(name, rest, parent=context).params


@pytest.mark.parametrize("name", RUNNERS)
def test_every_command_line_is_one_that_the_program_takes(name: str) -> None:
    lines = command_lines(name)
    assert lines, f"no call of tamrex in {name}"
    for line in lines:
        parsed(line)


@pytest.mark.parametrize("name", [name for name in RUNNERS if name != "README.md"])
def test_a_night_fetches_what_is_new_and_keeps_a_number_of_runs(name: str) -> None:
    (line,) = command_lines(name)
    command, given = parsed(line)
    assert command == "run"
    assert given["update"] is True
    assert given["keep"] > 1 and given["query"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_settings_that_are_named_exist(path: Path) -> None:
    for section, key in re.findall(r"\bTAMREX_([A-Z]+)__([A-Z_]+)\b", path.read_text("utf-8")):
        model = Settings.model_fields[section.lower()].annotation
        assert isinstance(model, type) and issubclass(model, BaseModel)
        assert key.lower() in model.model_fields, f"{section}__{key}"


def test_units_name_each_other_and_the_user_they_run_as() -> None:
    service, timer, mail = unit("tamrex.service"), unit("tamrex.timer"), unit("tamrex-mail.service")
    assert timer["Timer"]["Unit"] == "tamrex.service"
    assert timer["Timer"]["Persistent"] in ("yes", "true")
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert service["Unit"]["OnFailure"] == "tamrex-mail.service"
    (user,) = re.findall(r"^u (\S+)", text("systemd/tamrex.sysusers"), re.MULTILINE)
    assert service["Service"]["User"] == mail["Service"]["User"] == user
    for name in ("tamrex.service", "tamrex.timer", "tamrex-mail.service", "tamrex.sysusers"):
        assert name in text("README.md"), f"{name} is put in place by no command"
    assert service["Service"]["EnvironmentFile"] in text("README.md")


def test_a_run_that_was_told_to_stop_is_no_failure_of_the_service() -> None:
    service = unit("tamrex.service")["Service"]
    assert service["Type"] == "oneshot"
    assert service["KillSignal"] == "SIGTERM"
    assert set(service["SuccessExitStatus"].split()) == {"130", "143"}


@pytest.mark.parametrize("month", [1, 7])
def test_every_schedule_begins_in_the_hours_that_ncbi_asks_for(month: int) -> None:
    """On a Wednesday in winter and in summer."""
    day = datetime(2026, month, 14 if month == 1 else 15)
    timer = unit("tamrex.timer")["Timer"]
    at = re.fullmatch(r"\*-\*-\* (\d\d):(\d\d):00 America/New_York", timer["OnCalendar"])
    delay = re.fullmatch(r"(\d+)min", timer["RandomizedDelaySec"])
    longest = re.fullmatch(r"(\d+)h", unit("tamrex.service")["Service"]["TimeoutStartSec"])
    assert at and delay and longest
    first = day.replace(hour=int(at[1]), minute=int(at[2]), tzinfo=NEW_YORK)
    last = first + timedelta(minutes=int(delay[1]))
    assert not is_peak(first) and not is_peak(last) and not is_peak(last + timedelta(hours=int(longest[1])))
    (cron,) = re.findall(r"^(\d+) (\d+) \* \* \* ", text("crontab"), re.MULTILINE)
    (entry,) = workflow()["on"]["schedule"]
    for minute, hour in (cron, entry["cron"].split()[:2]):
        assert not is_peak(day.replace(hour=int(hour), minute=int(minute), tzinfo=UTC))


def test_the_workflow_pins_its_actions_and_may_only_read() -> None:
    assert workflow()["permissions"] == {"contents": "read"}
    used = re.findall(r"uses: (\S+)(.*)", text("github-actions.yml"))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_the_workflow_goes_on_with_the_store_and_never_hands_it_out() -> None:
    by_action = {re.split("@", step["uses"])[0]: step["with"] for step in steps() if "uses" in step}
    kept, saved = by_action["actions/cache/restore"], by_action["actions/cache/save"]
    assert kept["path"] == saved["path"] and kept["key"] == saved["key"]
    assert kept["key"].startswith(kept["restore-keys"])
    store = Settings.model_fields["store"].default.path
    assert any(store.match(pattern) for pattern in kept["path"].split())
    handed = Path(by_action["actions/upload-artifact"]["path"])
    assert handed not in store.parents and handed.parts[:2] == ("outputs", "pubmed")
    assert "include-hidden-files" not in by_action["actions/upload-artifact"]


def scripts() -> dict[str, str]:
    found = {path.name: path.read_text("utf-8") for path in FILES if path.suffix == ".sh"}
    found |= {f"workflow {n}": step["run"] for n, step in enumerate(steps()) if "run" in step}
    (line,) = re.findall(r"^\d+ \d+ \* \* \* (.+)$", text("crontab"), re.MULTILINE)
    found["crontab"] = line
    mail = unit("tamrex-mail.service")["Service"]["ExecStart"]
    found["tamrex-mail.service"] = shlex.split(mail)[2].replace("$$", "$")
    found["tamrex.env"] = text("tamrex.env")
    return found


@pytest.mark.parametrize("name", scripts())
def test_shell_can_read_every_script(name: str) -> None:
    done = subprocess.run(["bash", "-n"], input=scripts()[name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_cron_would_not_cut_its_line() -> None:
    """Cron takes `%` for the end of a line, and a crontab without a last line feed is refused."""
    assert "%" not in re.findall(r"^\d.*$", text("crontab"), re.MULTILINE)[0]
    assert text("crontab").endswith("\n")


def test_slurm_tells_the_script_alone_by_a_signal_that_it_traps() -> None:
    script = text("slurm.sh")
    (signal,) = re.findall(r"^#SBATCH --signal=B:(\w+)@\d+$", script, re.MULTILINE)
    assert re.search(rf"^trap \w+ {signal}$", script, re.MULTILINE)
    assert re.search(r"^#SBATCH --requeue$", script, re.MULTILINE)


def test_the_image_is_made_of_files_that_exist_and_reach_it() -> None:
    shown = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()
    copied = set()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text("Containerfile"), re.MULTILINE):
        copied.update(line.split()[:-1])
    assert copied == shown
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {*project["license-files"], project["readme"]} <= copied


def test_the_image_is_locked_and_runs_tamrex_as_nobody_of_note() -> None:
    words = text("Containerfile")
    assert "--require-hashes -r requirements.lock" in re.sub(r"\\\n\s*", "", words)
    assert re.search(r"^ARG BASE=\S+/python:3\.1[12]-slim-bookworm$", words, re.MULTILINE)
    assert re.findall(r"^USER (\S+)$", words, re.MULTILINE)[-1] not in ("root", "0", "0:0")
    assert 'ENTRYPOINT ["tamrex"]' in words
    assert re.search(r"^VOLUME /data/outputs$", words, re.MULTILINE)


@pytest.mark.parametrize("path", [*FILES, ROOT / ".dockerignore"], ids=lambda path: path.name)
def test_no_secret_stands_in_a_file(path: Path) -> None:
    words = path.read_text("utf-8")
    assert not re.search(r"(?<![0-9a-f])[0-9a-f]{36}(?![0-9a-f])", words), "that looks like a key of NCBI"
    for value in re.findall(r"API_KEY[=:][ \t]*(.*)", words):
        assert not value or value.startswith(("${{ secrets.", "`")), value
    for address in re.findall(r"[\w.+-]+@[\w-]+\.\w[\w.]*", words):
        assert address == "me@example.org", address
