"""What the pages refer to is there: files, sections, commands, targets, paths of modules."""

import contextlib
import re
import shlex

import click
import pytest

from admodes.__main__ import program as admodes_program
from experiments.commands import program as experiments_program
from tests.docs.pages import NAMES, PAGES, ROOT, read
from tests.helpers import together

LINK = re.compile(r"\]\(([^)\s]+)\)")
#: What docs/adding-an-experiment.md adds.
EXAMPLE = "precision"
PROGRAMS = {"admodes": admodes_program, "experiments": experiments_program}


def slug(heading):
    """As GitHub names a section."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def sections(text):
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


@together
@pytest.mark.parametrize("name", NAMES)
def test_a_link_leads_somewhere(name):
    folder = (ROOT / name).parent
    for target in LINK.findall(read(name)):
        if not target.startswith(("http://", "https://")):
            path, _, section = target.partition("#")
            found = folder / path if path else ROOT / name
            assert found.exists(), target
            assert not section or section in sections(found.read_text(encoding="utf-8")), target


def test_every_page_is_reached_from_the_first():
    reached, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            left += [
                (page.parent / target.partition("#")[0]).resolve()
                for target in LINK.findall(page.read_text(encoding="utf-8"))
                if "://" not in target and not target.startswith("#")
            ]
    assert reached == set(PAGES)


def commands():
    """Each ``python -m PACKAGE ...`` of a page, with its arguments."""
    for name in NAMES:
        for package, words in re.findall(
            r"python -m (admodes|experiments)(?!\.)\b([^`\n#|]*)", read(name)
        ):
            arguments = shlex.split(words)
            # NAME stands for any of them.
            if arguments and not {"NAME", "..."} & set(arguments):
                yield name, package, arguments


@together
@pytest.mark.parametrize(("name", "package", "arguments"), list(commands()))
def test_a_command_is_one_with_these_options(name, package, arguments):
    """It is parsed and not run: a folder or a file that is not there is no matter."""
    first, *rest = arguments
    program = PROGRAMS[package]
    with click.Context(program, info_name=package) as context:
        command = program.get_command(context, first)
        assert command is not None, f"{name}: {package} has no command {first}"
        with contextlib.suppress(click.exceptions.Exit):  # --help
            command.make_context(first, rest, parent=context)


def targets():
    """What ``make`` is asked for, on any page."""
    for name in NAMES:
        text = read(name)
        inline = re.findall(r"`make ([a-z-]+)\b[^`]*`", text)
        fenced = re.findall(r"^ *make ([a-z-]+)\b", text, re.MULTILINE)
        yield from ((name, target) for target in dict.fromkeys([*inline, *fenced]))


@together
@pytest.mark.parametrize(("name", "target"), list(targets()))
def test_a_target_of_make_is_there(name, target):
    rules = re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE)
    assert target in {*rules, *experiments_program.commands, EXAMPLE}


PATH = re.compile(r"`((?:admodes|experiments|tests|docs|\.ci)/[\w./-]+)`")


@together
@pytest.mark.parametrize("name", NAMES)
def test_a_path_is_there(name):
    for path in PATH.findall(read(name)):
        assert (ROOT / path).exists() or EXAMPLE in path, path
