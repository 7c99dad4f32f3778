"""``python -m admodes``: what it says, of what, and with which exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import admodes
from admodes.__main__ import main
from tests.helpers import together

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_samples")]

ROOT = Path(__file__).parents[2]
SOURCE = """
import warnings
import numpy as np
from beside import SCALE

rng = np.random.default_rng()

def loss(x):
    return SCALE * np.sum(x * x)

def weighted(x, w):
    return np.sum(x * w)

class Model:
    @staticmethod
    def loss(x):
        return np.sum(x)

def talks(x):
    print("a line")
    warnings.warn("mine")
    return np.sum(x)

def bad(x):
    return helper(x)

def helper(x):
    raise RuntimeError("mine\\nin two lines")

def by_name(x, *, k, scale=1.0):
    return np.sum(x) * k * scale

def constant():
    return 1.0

def no_rule(x):
    return np.sum(np.is_busday(x))

def no_number(x):
    return float(np.sum(x))

def leaves(x):
    raise SystemExit(3)

def random(x):
    return np.sum(x * rng.standard_normal(x.shape))

def infinite(x):
    return np.sum(np.log(x * 0.0))

def not_a_number(x):
    return np.sum(x) * np.nan

def make_input(rng):
    return rng.standard_normal(4), 2.0
"""
WRONG = """
import numpy as np
import admodes as ad

sine = ad.elementwise(np.sin, lambda _y, x: -np.cos(x))
cosine = ad.custom(np.cos, push=lambda r, t: -np.sin(r[1][0]) * t, pull=lambda r, ct: ct)

def both_wrong(x):
    return np.sum(sine(x))

def modes_differ(x):
    return np.sum(cosine(x))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Functions in a file and in a package, beside the working directory."""
    inside = tmp_path / "package" / "inner"
    inside.mkdir(parents=True)
    for each in (inside, inside.parent):
        (each / "__init__.py").touch()
    (inside / "relative.py").write_text("from ..scale import double as f\n")
    (inside.parent / "scale.py").write_text("def double(x):\n    return 2 * x\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "functions.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "lib" / "beside.py").write_text("SCALE = 2.0\n")
    (tmp_path / "lib" / "wrong.py").write_text(WRONG, encoding="utf-8")
    (tmp_path / "lib" / "random.py").write_text("def f(x):\n    return x * 3\n")
    (tmp_path / "lib" / "broken.py").write_text("def f(x):\n    return (\n")
    (tmp_path / "lib" / "raises.py").write_text("import math\n1 / 0\n")
    (tmp_path / "lib" / "exits.py").write_text("import sys\nsys.exit(1)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def check(*arguments):
    return main(["compare", *arguments, "--check"])


# --- Help -----------------------------------------------------------------------------------------


def test_alone_it_shows_its_help(capsys):
    assert main([]) == 0
    alone = capsys.readouterr()
    assert main(["--help"]) == 0
    assert capsys.readouterr() == alone
    assert alone.err == ""
    lines = alone.out.splitlines()
    assert lines[0].startswith("Usage: ")
    assert max(map(len, lines)) <= 80
    for words in ("compare", "Examples:", "admodes compare my_package.losses:loss --shape 1000"):
        assert any(line.strip().startswith(words) for line in lines)


def test_the_help_of_compare_has_examples_and_every_option(capsys):
    assert main(["compare", "--help"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    options = ("--shape", "--npy", "--seed", "--seconds", "--threads", "--json", "--plot")
    for word in (*options, "--check", "--traceback", "Examples:", "file.py:function"):
        assert word in out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"admodes {admodes.__version__}\n"


# --- Which function -------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    "target",
    [
        "lib/functions.py:loss",
        "./lib/functions.py:Model.loss",
        "lib/random.py:f",  # and random is still the standard library's
        "package/inner/relative.py:f",
        "package.inner.relative:f",
        "numpy:sum",
        "numpy:linalg.norm",
    ],
)
def test_a_function_is_found_by_module_or_by_file(folder, target, capsys):
    assert check(target, "--shape", "3") == 0
    assert ": agree\n" in capsys.readouterr().out
    import random

    assert random.random() < 1


@together
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("functions.py", "not of the form package.module:function or path/to/file.py:function"),
        (":f", "not of the form"),
        ("lib/functions.py:", "not of the form"),
        ("lib/functions.py::loss", "not of the form"),
        ("lib/missing.py:f", "there is no file 'lib/missing.py'"),
        ("lib/functions.py:los", "has no function 'los'; did you mean loss?"),
        ("lib/functions.py:SCALE", "has no function 'SCALE'"),
        ("no_such_module:f", "cannot import 'no_such_module': ModuleNotFoundError"),
        ("lib/broken.py:f", "SyntaxError: '(' was never closed (broken.py, line 2)"),
        ("lib/raises.py:f", "ZeroDivisionError: division by zero (in <module>, "),
        ("lib/raises.py:f", "raises.py, line 2: 1 / 0)"),
        ("lib/exits.py:f", "SystemExit: 1 (in <module>"),
    ],
)
def test_what_names_no_function(folder, target, message, capsys):
    assert main(["compare", target, "--shape", "3"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


# --- Its arguments --------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shape", "100000000000"], "take 800 GB: this machine has"),
        (["--shape", "100000,100000,1000000000000"], "this machine has"),
        (["--shape", ",".join(["1"] * 70)], "cannot draw arguments: maximum supported dimension"),
        (["--shape", "3,,4"], "'3,,4' is no shape"),
        (["--shape", "-3"], "'-3' is no shape"),
        (
            ["--shape", "3", "--shape", "4"],
            "functions.py:bad takes (x), not 2 arguments: give --shape",
        ),
        (["--seconds", "nan"], "'nan' is not finite"),
        (["--seconds", "inf"], "'inf' is not finite"),
        (["--seconds", "soon"], "'soon' is not a valid number"),
        (["--threads", "0"], "'--threads': 0 is not in the range"),
        (["--threads", "two"], "'two' is not a valid integer"),
        (["--seed", "-1"], "'--seed'"),
        (["--json", "missing/out.json"], "'--json': there is no folder 'missing'"),
        (["--plot", "missing/out.png"], "'--plot': there is no folder 'missing'"),
        (["--plot", "out.doc"], "'out.doc' must end in one of"),
        (["--plot", "lib"], "is a directory"),
        (["--check", "--json", "out.json"], "--check measures nothing"),
        (["--npy", "lib/beside.py"], "cannot read lib/beside.py: it is no .npy file of numbers"),
        (["--npy", "objects.npy"], "it holds Python objects, not numbers"),
        (["--npy", "words.npy"], "words.npy holds <U1"),
        (["--npy", "integers.npy"], "integers.npy holds int64, which has no derivative"),
        (["--npy", "empty.npy"], "it is no .npy file of numbers"),
        (["--npy", "several.npz"], "holds several arrays"),
        (["--nonsense"], "No such option"),
    ],
)
def test_what_is_typed_wrong_is_one_line_before_anything_runs(folder, arguments, message, capsys):
    arrays = {"objects": np.array([None]), "words": np.array(["a"]), "integers": np.arange(3)}
    for name, array in arrays.items():
        np.save(f"{name}.npy", array, allow_pickle=True)
    np.savez("several.npz", a=np.ones(3))
    (folder / "empty.npy").touch()
    assert main(["compare", "lib/functions.py:bad", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "by_name",
            "takes (x, *, k, scale=1.0), not 1 argument: write a function of the others that",
        ),
        ("constant", "takes (), not 1 argument: there is nothing to differentiate by"),
    ],
)
def test_what_no_option_can_give_a_function(folder, name, message, capsys):
    assert check(f"lib/functions.py:{name}", "--shape", "3") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert message in err


def test_a_folder_that_cannot_be_written_to(folder, monkeypatch, capsys):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert main(["compare", "lib/functions.py:bad", "--shape", "3", "--json", "out.json"]) == 2
    assert "'out.json' cannot be written to" in capsys.readouterr().err


# --- What is found --------------------------------------------------------------------------------


#: With all that there is to say of them: in the modes, and in the value.
COMPARED = {"lib/wrong.py:both_wrong", "lib/functions.py:not_a_number"}


@together
@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("lib/wrong.py:both_wrong", "both modes agree but are wrong"),
        ("lib/wrong.py:modes_differ", "forward against reverse mode"),
        ("lib/functions.py:random", "a random function"),
        ("lib/functions.py:infinite", "the value is -inf"),
        ("lib/functions.py:not_a_number", "the value is nan"),
    ],
)
def test_what_is_wrong_is_exit_code_1(folder, target, words, capsys):
    assert check(target, "--shape", "3") == 1
    assert words in capsys.readouterr().out
    if target in COMPARED:
        assert main(["compare", target, "--shape", "3", "--seconds", "0.02"]) == 1
        out = capsys.readouterr().out
        assert "passes" in out
        assert words in out


def test_to_check_says_nothing_else(folder, capsys):
    assert check("lib/functions.py:talks", "--shape", "3") == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "talks: agree"
    assert "a line" not in out
    assert err == ""


def test_arguments_of_the_module(folder, capsys):
    assert check("lib/functions.py:weighted") == 0
    assert check("lib/functions.py:weighted", "--shape", "3", "--shape", "scalar") == 0


@pytest.mark.parametrize("option", [[], ["--check"]])
def test_an_error_of_the_function_shows_its_line(folder, option, capsys):
    file = folder / "lib" / "functions.py"
    line = 1 + SOURCE.splitlines().index('    raise RuntimeError("mine\\nin two lines")')
    arguments = ["compare", "lib/functions.py:bad", "--shape", "3", *option]
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "lib/functions.py:bad: RuntimeError: mine; in two lines (in helper, " in err
    assert f"{file}, line {line}: raise RuntimeError(" in err
    assert main([*arguments, "--traceback"]) == 1
    whole = capsys.readouterr().err
    assert whole.startswith("Traceback (most recent call last):")
    assert "in bad\n    return helper(x)" in whole
    assert whole.endswith(err)


def test_an_error_of_the_package_shows_the_line_of_the_function(folder, capsys):
    assert check("lib/functions.py:no_rule", "--shape", "3") == 1
    err = capsys.readouterr().err
    assert "np.is_busday is of dates, which have no derivative" in err
    assert err.endswith(": return np.sum(np.is_busday(x)))\n")
    assert check("lib/functions.py:leaves", "--shape", "3") == 1
    assert "SystemExit: 3 (in leaves" in capsys.readouterr().err


def test_advice_of_several_lines_is_a_list(folder, capsys):
    assert check("lib/functions.py:no_number", "--shape", "3") == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "Write NumPy's functions in place of math's (np.sin for math.sin); f'{x:.3f}' for" in err


def test_how_many_arguments_a_function_in_c_takes_is_its_own_affair(folder, capsys):
    check("builtins:min", "--shape", "3")
    assert " takes " not in capsys.readouterr().err


def test_threads_are_those_of_blas(folder):
    arguments = ["compare", "lib/functions.py:loss", "--shape", "3", "--seconds", "0.02"]
    assert main([*arguments, "--threads", "2", "--json", "found.json"]) == 0
    assert json.loads(Path("found.json").read_text(encoding="utf-8"))["threads"] in (2, None)


def test_a_full_disk_is_one_line(folder, capsys):
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    arguments = ["compare", "lib/functions.py:loss", "--shape", "3", "--seconds", "0.02"]
    assert main([*arguments, "--json", "/dev/full"]) == 1
    assert "cannot write /dev/full: No space left on device" in capsys.readouterr().err
    assert main([*arguments, "--json", "out.json"]) == 0
    assert json.loads((folder / "out.json").read_text(encoding="utf-8"))["inputs"] == 3


# --- From a shell ---------------------------------------------------------------------------------


def test_ctrl_c_is_a_word(folder, capsys, monkeypatch):
    (folder / "stops.py").write_text(
        "import signal\ndef f(x):\n    signal.raise_signal(signal.SIGINT)\n    return x\n"
    )
    assert main(["compare", "stops.py:f", "--shape", "3"]) == 130
    assert capsys.readouterr() == ("", "python -m admodes: interrupted\n")


STOPS = "import signal\nsignal.raise_signal(signal.SIGINT)\n"
AS_A_SCRIPT = "import sys\nfrom admodes.__main__ import main\nsys.exit(main())\n"


@together
@pytest.mark.parametrize(
    ("module", "arguments", "said"),
    [
        ("numpy", ["-m", "admodes", "compare"], "python -m admodes: interrupted\n"),
        ("click", ["-m", "admodes", "--help"], "python -m admodes: interrupted\n"),
        ("numpy", ["admodes", "--help"], "admodes: interrupted\n"),
        ("numpy", ["-m", "experiments", "speedup"], "python -m experiments: interrupted\n"),
        ("click", ["-m", "experiments"], "python -m experiments: interrupted\n"),
    ],
)
def test_ctrl_c_while_all_is_imported_is_a_word(tmp_path, module, arguments, said):
    (tmp_path / f"{module}.py").write_text(STOPS)
    (tmp_path / "admodes").write_text(AS_A_SCRIPT)
    script = [str(tmp_path / "admodes")] if arguments[0] == "admodes" else []
    found = interrupted(tmp_path, *script, *arguments[len(script) :])
    assert (found.returncode, found.stdout, found.stderr) == (130, "", said)


def test_ctrl_c_is_left_alone_where_it_is_somebody_elses(tmp_path):
    (tmp_path / "numpy.py").write_text(STOPS)
    found = interrupted(tmp_path, "-c", "import admodes", "-m", "admodes")
    assert found.returncode != 130
    assert found.stderr.startswith("Traceback")
    assert found.stderr.endswith("\nKeyboardInterrupt\n")


def interrupted(folder, *arguments):
    """What Python says, where the modules in a folder come before those that are installed."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.mark.slow
def test_nobody_reads_on(folder):
    program = subprocess.Popen(
        [sys.executable, "-c", "import sys; from admodes.__main__ import main; sys.exit(main())"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    program.stdout.close()
    _, err = program.communicate()
    assert program.returncode == 141
    assert err == b""
