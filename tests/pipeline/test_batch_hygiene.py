"""Scheduled runs: one at a time, stopped without loss, told when the disk or folder fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.locking import LockedError, only_run
from pipeline.stopping import StopAskedError, check, pause, stops_between_records
from pipeline.store import Store

TAMREX = [sys.executable, "-c", "from pipeline.cli import main; main()"]


def records(path: Path, count: int) -> Path:
    lines = [
        json.dumps(
            {
                "pmid": str(n),
                "title": f"Study {n}.",
                "abstract": "Silencing of CCL2 restored sensitivity to tamoxifen in MCF-7 cells.",
            }
        )
        for n in range(1, count + 1)
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TAMREX_STORE__PATH": str(folder / "store.sqlite")}


def test_a_second_run_says_who_holds_the_lock_and_ends_with_5(tmp_path: Path) -> None:
    records(tmp_path / "in.jsonl", 2)
    command = [*TAMREX, "fetch", "--input", str(tmp_path / "in.jsonl")]
    with only_run(tmp_path / "store.sqlite"):
        second = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert second.returncode == 5
    assert f"process {os.getpid()}" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    first = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert first.returncode == 0, first.stderr


def test_a_lock_whose_holder_was_killed_holds_nobody_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    code = (
        "import sys, pathlib\nfrom pipeline.locking import only_run\n"
        "with only_run(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "store.sqlite")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(LockedError), only_run(tmp_path / "store.sqlite"):
        pass
    holder.kill()
    holder.communicate()
    with caplog.at_level("WARNING", logger="tamrex"), only_run(tmp_path / "store.sqlite"):
        assert f"process {holder.pid} " in caplog.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_ends_the_work_at_the_next_place(number: signal.Signals) -> None:
    with stops_between_records():
        check()
        signal.raise_signal(number)
        with pytest.raises(StopAskedError) as stopped:
            pause(30)
        with pytest.raises(StopAskedError):
            check()
    assert stopped.value.exit_code == 128 + number
    check()


def test_a_run_in_another_thread_leaves_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    during: list[object] = []

    def work() -> None:
        with stops_between_records():
            during.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert during == [before]


def test_a_run_that_is_asked_to_stop_saves_and_goes_on_later(tmp_path: Path) -> None:
    records(tmp_path / "in.jsonl", 260)
    out = tmp_path / "out"
    command = [*TAMREX, "-v", "run", "--input", str(tmp_path / "in.jsonl"), "--out", str(out)]
    process = subprocess.Popen(command, env=environment(tmp_path), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "read: 260 records" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    _, words = process.communicate(timeout=120)
    assert process.returncode == 143
    assert "all finished work is saved" in words
    assert not out.exists()
    with Store(tmp_path / "store.sqlite") as store:
        assert store.count_articles("in") == 260
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "manifest.json").read_text())["stages"]["export"]["given"] == 260


def test_a_disk_that_fills_up_is_told_in_a_line_and_the_run_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    records(tmp_path / "in.jsonl", 3000)
    command = [*TAMREX, "fetch", "--input", str(tmp_path / "in.jsonl")]
    # No file may grow past half a megabyte, which the store needs more than once over.
    narrow = ["bash", "-c", 'ulimit -f 512; exec "$@"', "bash", *command]
    full = subprocess.run(narrow, env=environment(tmp_path), capture_output=True, text=True)
    assert full.returncode == 2, full.stderr
    assert len(full.stderr.strip().splitlines()) == 1
    assert "store.sqlite" in full.stderr
    with Store(tmp_path / "store.sqlite") as store:
        assert 0 < store.count_articles("in") < 3000
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "3000 records in the store" in done.stdout


def test_a_fault_is_a_line_of_json_where_the_log_is_json(tmp_path: Path) -> None:
    command = [*TAMREX, "--log-format", "json", "run", "--input", str(tmp_path / "none.jsonl")]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    told = json.loads(line)
    assert (told["level"], told["exit_code"]) == ("ERROR", 2)
    assert "none.jsonl" in told["message"]


def test_a_store_in_a_place_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    records(tmp_path / "in.jsonl", 1)
    (tmp_path / "file").write_text("")
    place = {**os.environ, "TAMREX_STORE__PATH": str(tmp_path / "file" / "store.sqlite")}
    command = [*TAMREX, "fetch", "--input", str(tmp_path / "in.jsonl")]
    done = subprocess.run(command, env=place, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("tamrex: the lock can't be made")
    assert len(done.stderr.strip().splitlines()) == 1
