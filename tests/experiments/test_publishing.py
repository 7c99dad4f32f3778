"""What is published changes only where that is asked for, and only by a whole run."""

import json

import pytest

from experiments.__main__ import main
from experiments.bench import experiment
from experiments.questions.backward import experiment as backward

PARTS = [
    (["speedup", "--quick"], "--quick"),
    (["speedup", "--function", "rosenbrock", "--inputs", "2"], "--function, --inputs"),
    (["speedup", "--exhaustive"], "--exhaustive"),
    (["speedup", "--seed", "1"], "--seed"),
    (["overhead", "--case", "reads"], "--case"),
    (["network", "--steps", "3"], "--steps"),
]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with something published, as the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "speedup.csv").write_text("published")
    return tmp_path


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_run_leaves_what_is_published_as_it_is_and_says_where_it_writes(checkout, capsys):
    assert main(["backward"]) == 0
    assert "figures/latest/backward.json" in capsys.readouterr().out
    latest = {"figures/latest/backward.json", "figures/latest/backward.csv"}
    assert files(checkout) == {"figures/speedup.csv", *latest}
    # What made it again from its data finds it there.
    (checkout / "figures" / "latest" / "backward.csv").unlink()
    assert main(["plot", "backward"]) == 0
    assert files(checkout) == {"figures/speedup.csv", *latest}


def test_on_request_it_replaces_what_is_published(checkout, capsys):
    (checkout / "figures" / "backward.csv").write_text("old")
    assert main(["backward", "--publish"]) == 0
    assert files(checkout) == {
        "figures/speedup.csv",
        "figures/backward.json",
        "figures/backward.csv",
    }
    data = json.loads((checkout / "figures" / "backward.json").read_text(encoding="utf-8"))
    assert data["run"]["command"] == "python -m experiments backward --publish"
    assert (checkout / "figures" / "backward.csv").read_text() != "old"
    # The page is of what is published, unless it is told of another folder.
    capsys.readouterr()
    assert main(["report"]) == 0
    assert "wrote figures/report.html" in capsys.readouterr().out
    assert main(["report", "--output", "figures/latest"]) == 2
    assert "there is no data in figures/latest" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "parts"), PARTS)
def test_a_part_is_never_published(arguments, parts, checkout, monkeypatch, capsys):
    monkeypatch.setattr(experiment, "carry_out", None)  # nothing is measured first
    before = files(checkout)
    assert main([*arguments, "--publish"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (f"python -m experiments: only a whole run can be published: leave out {parts}\n")
    # Nor by naming the folder.
    for folder in ("figures", "./figures", str(checkout / "figures")):
        assert main([*arguments, "--output", folder]) == 2
        assert "what is in figures is published" in capsys.readouterr().err
    assert main([*arguments, "--publish", "--output", "elsewhere"]) == 2
    assert "--publish has no --output" in capsys.readouterr().err
    assert files(checkout) == before


def test_nor_is_one_that_has_fewer_libraries(checkout, capsys):
    header = {"settings": {"libraries": ["admodes", "no_such_library"]}}
    published = checkout / "figures" / "kinks.json"
    published.write_text(json.dumps({"run": header, "measurements": []}), encoding="utf-8")
    assert main(["kinks", "--publish"]) == 2
    _, err = capsys.readouterr()
    assert err.count("\n") == 1
    assert "figures/kinks.json also has no_such_library, not installed here" in err
    assert files(checkout) == {"figures/speedup.csv", "figures/kinks.json"}


def test_a_run_goes_on_where_it_wrote(checkout, capsys, monkeypatch):
    one_pass = backward.one_pass

    def interrupted(*args):
        raise KeyboardInterrupt

    for more, folder in (([], "figures/latest"), (["--publish"], "figures")):
        monkeypatch.setattr(backward, "one_pass", interrupted)
        assert main(["backward", *more]) == 130
        command = " ".join(["python -m experiments backward", *more])
        assert capsys.readouterr().err.endswith(f"to go on: {command} --resume\n")
        assert (checkout / folder / "backward.partial.jsonl").exists()
        monkeypatch.setattr(backward, "one_pass", one_pass)
        assert main(["backward", *more, "--resume"]) == 0
        assert (checkout / folder / "backward.json").exists()
        assert not (checkout / folder / "backward.partial.jsonl").exists()
        capsys.readouterr()
