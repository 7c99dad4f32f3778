"""What is there stays good: files are written whole or not at all, by one run at a time."""

import builtins
import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from experiments.bench import plotting, writing
from experiments.bench.writing import LOCK, Unwritable, alone, together, whole
from tests.experiments.helpers import empty_pictures, files, set_to

HOLDER = """
import sys, time
from pathlib import Path
from experiments.bench.writing import alone
with alone(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(60)
"""


class Full(io.FileIO):
    """A file on a disk that has no room for more than so many bytes."""

    room = 0

    def write(self, data):
        if len(data) > type(self).room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        type(self).room -= len(data)
        return super().write(data)


@pytest.fixture
def full_after(monkeypatch):
    """Have the disk be full after so many bytes more."""
    opened = io.open

    def fill(room):
        monkeypatch.setattr(Full, "room", room)

        def open_full(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None):
            if set(mode) <= set("rbt"):
                return opened(file, mode, buffering, encoding, errors, newline)
            raw = Full(file, mode.replace("b", "").replace("t", ""))
            buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, newline="")

        for module in (io, builtins):
            monkeypatch.setattr(module, "open", open_full)

    return fill


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "data.csv"
    with whole(path) as draft:
        assert draft.suffix == ".csv"
        draft.write_text("first")
    assert files(path.parent) == {"data.csv": b"first"}

    def write_a_part(error):
        with whole(path) as draft:
            draft.write_text("sec")
            raise error

    for error in (KeyboardInterrupt, ValueError):
        with pytest.raises(error):
            write_a_part(error)
        assert files(path.parent) == {"data.csv": b"first"}


def test_what_cannot_be_written_is_said_in_a_line(tmp_path, full_after):
    path = tmp_path / "data.csv"
    path.write_text("first")
    full_after(10)
    with pytest.raises(Unwritable, match=r"cannot write .*data\.csv: No space left on device$"):
        writing.write(path, "second, and longer")
    assert files(tmp_path) == {"data.csv": b"first"}


@pytest.mark.parametrize(("share", "written"), [(0.7, "partial.jsonl"), (1.5, "json")])
def test_a_full_disk_costs_nothing_that_is_measured(
    experiments, tmp_path, full_after, share, written
):
    arguments = ("speedup", "--function", "rosenbrock", "--inputs", "2", "3", "4")
    assert experiments(*arguments)[0] == 0
    before = files(tmp_path)
    full_after(int(share * len(before["speedup.json"])))
    code, out, err = experiments(*arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"speedup.{written}: No space left on device (" in err
    assert "of 3 measurements are in" in err
    assert err.endswith(f"--output {tmp_path} --resume)\n")
    after = files(tmp_path)
    assert set(after) == {*before, "speedup.partial.jsonl"}
    assert {name: after[name] for name in before} == before
    full_after(10**9)
    assert experiments(*arguments, "--resume")[::2] == (0, "")
    assert set(files(tmp_path)) == set(before)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, OSError(errno.EIO, "broken")])
def test_files_are_written_all_of_them_or_none(tmp_path, error):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    for path in (first, second):
        path.write_text("old")

    def write_both(error=None):
        with together() as another:
            for path in (first, second):
                with another(path) as draft:
                    draft.write_text("new")
                    if error and path is second:
                        raise error

    with pytest.raises(Unwritable if isinstance(error, OSError) else error, match=r"b\.csv|^$"):
        write_both(error)
    assert files(tmp_path) == {"a.csv": b"old", "b.csv": b"old"}
    write_both()
    assert files(tmp_path) == {"a.csv": b"new", "b.csv": b"new"}


def test_where_not_all_pictures_can_be_written_none_is_and_older_ones_are_named(
    tmp_path, monkeypatch, capsys
):
    from experiments.__main__ import main

    empty_pictures(monkeypatch, "speedup")
    set_to(monkeypatch, "speedup", rounds=3)
    run = ["speedup", "--function", "rosenbrock", "--inputs", "2", "--output", str(tmp_path)]
    assert main(run) == 0
    names = set(files(tmp_path))
    pictures = [tmp_path / f"speedup{end}" for end in (".png", ".svg", "-slide.png")]
    for path in pictures:
        path.write_bytes(b"earlier")
    save, drawn = plotting.save, []

    def full(drawing, path, **options):
        save(drawing, path, **options)
        drawn.append(path.name)
        if len(drawn) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(plotting, "save", full)
    capsys.readouterr()
    assert main(run) == 1
    _, err = capsys.readouterr()
    assert err.count("\n") == 1
    assert "speedup.svg: No space left on device (the data are in" in err
    assert "; of an earlier run are speedup.png, speedup.svg, speedup-slide.png; to draw" in err
    assert [path.read_bytes() for path in pictures] == [b"earlier"] * 3
    assert set(files(tmp_path)) == names

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(plotting, "save", stopped)
    assert main(run) == 130
    assert "interrupted: the data are in" in capsys.readouterr().err
    monkeypatch.setattr(plotting, "save", save)
    assert main(["plot", "speedup", "--output", str(tmp_path)]) == 0
    assert b"earlier" not in [path.read_bytes() for path in pictures]
    assert set(files(tmp_path)) == names


def test_where_no_picture_can_be_written_the_data_can(tmp_path, monkeypatch, capsys, full_after):
    from experiments.__main__ import main
    from experiments.bench.results import Store

    write_table = Store.write_table

    def then_full(*args):
        path = write_table(*args)
        full_after(1000)
        return path

    empty_pictures(monkeypatch, "speedup")
    monkeypatch.setattr(Store, "write_table", then_full)
    arguments = ["--function", "rosenbrock", "--inputs", "2", "--output", str(tmp_path)]
    assert main(["speedup", "--quick", *arguments]) == 1
    _, err = capsys.readouterr()
    assert err.count("\n") == 1
    assert "speedup.png: No space left on device (the data are in" in err
    assert f"to draw them: python -m experiments plot speedup --output {tmp_path})" in err
    assert set(files(tmp_path)) == {"speedup.json", "speedup.csv"}


def test_a_folder_that_cannot_be_written_to(experiments, tmp_path, monkeypatch):
    def refused(*args, **kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    assert experiments("backward")[0] == 0
    before = files(tmp_path)
    monkeypatch.setattr(os, "open", refused)
    for command in (["backward"], ["plot", "backward"]):
        code, out, err = experiments(*command)
        assert (code, out) == (2, "")
        assert err == (
            f"python -m experiments: cannot write to {tmp_path}: Read-only file system\n"
        )
    monkeypatch.undo()
    assert files(tmp_path) == before


def test_one_run_at_a_time(experiments, tmp_path):
    """The other is told which process it has to wait for; one that was killed is no obstacle."""
    assert experiments("backward")[0] == 0
    before = files(tmp_path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    try:
        assert holder.stdout.readline() == "mine\n"
        for command in (["backward"], ["plot", "backward"], ["backward", "--resume"]):
            code, out, err = experiments(*command)
            assert (code, out, err.count("\n")) == (2, "", 1)
            assert f"{tmp_path} is being written by process {holder.pid}: wait for it" in err
        holder.send_signal(signal.SIGKILL)
    finally:
        holder.kill()
        holder.communicate()
    assert set(files(tmp_path)) == {*before, LOCK}
    assert experiments("backward")[::2] == (0, "")
    assert set(files(tmp_path)) == set(before)


def test_it_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(click.UsageError, match="pip install filelock"), alone(tmp_path):
        pass
