"""``python -m experiments report``: the page is whole, says it all, and loads nothing."""

import base64
import csv
import gzip
import io
import json
import re
import shutil
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest

from experiments import page as to_play
from experiments.__main__ import main
from experiments.bench import plotting, report
from experiments.bench.results import Store
from experiments.commands import EXPERIMENTS
from tests.browsing import Page, window
from tests.experiments.helpers import set_to
from tests.helpers import together

FIGURES = Path(__file__).parents[3] / "figures"
#: Of a table of data; `speedup.csv`, which tests sort, is whole.
LINES = 12


@pytest.fixture(scope="module", autouse=True)
def _page_made_once():
    """The page within this one is the same each time, as a test of its own says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(to_play, "examples", cache(to_play.examples))
        yield


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A folder with the data and figures of this repository, and the page of them.

    Of long tables of data the first lines: the page has one after the other, and so has who reads
    it. Of those that are printed one: that they are as printed is asked of fewer.
    """
    if not FIGURES.is_dir():
        pytest.skip("there is no folder figures: this is not a checkout")
    folder = tmp_path_factory.mktemp("figures")
    for path in FIGURES.iterdir():
        if path.suffix == ".csv" and path.stem != "speedup":
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            (folder / path.name).write_text("".join(lines[:LINES]), encoding="utf-8")
        elif path.name != report.NAME:
            (folder / path.name).symlink_to(path)
    printed = report.printed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            report, "printed", lambda run: printed(run) if run.experiment.name == "speedup" else ""
        )
        assert main(["report", "--output", str(folder)]) == 0
    return folder / report.NAME


@pytest.fixture(scope="module")
def page(published):
    return Page(published)


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    pytest.importorskip("pygraphviz", reason="without it no graph is laid out")
    folder = tmp_path_factory.mktemp("few")
    with pytest.MonkeyPatch.context() as patch:
        set_to(patch, "graph", chains=(2, 3, 6))
        patch.setattr(plotting, "save", lambda drawing, *paths, **_: paths[-1].write_text("<svg/>"))
        patch.setattr(plotting, "save_animation", lambda frames, path: path.write_bytes(b"GIF"))
        for name in ("backward", "graph"):
            out = io.StringIO()
            with redirect_stdout(out):
                assert main([name, "--quick", "--output", str(folder)]) == 0
            (folder / f"{name}.txt").write_text(out.getvalue(), encoding="utf-8")
    return folder


@pytest.fixture
def few(two_runs, tmp_path):
    """A folder in which only two experiments were run, one of them without a figure."""
    return shutil.copytree(two_runs, tmp_path / "few")


# What is there


def test_every_experiment_with_data_is_there_with_its_question_figures_and_command(page, published):
    links = {each["href"] for each in page.all("a")} - {"#play"}
    sections = {each["id"] for each in page.all("section")} - {"play"}
    pictures = {each["data-name"] for each in page.figures}
    present = [each for each in EXPERIMENTS.values() if (FIGURES / f"{each.name}.json").exists()]
    assert sections == {each.name for each in present}
    assert links == {f"#{name}" for name in sections}
    for experiment in present:
        run = Store(published.parent, experiment.name).load().header
        drawn = [] if experiment.draw is None else [experiment.name]
        for words in (experiment.question, run["command"], run["machine"]["processor"]):
            assert words in page.text
        assert {*drawn, *experiment.figures} <= {Path(name).stem for name in pictures}
        assert {f"{name}.gif" for name in experiment.animations} <= pictures


def test_a_figure_is_a_vector_graphic_where_there_is_one_byte_for_byte(page):
    for each in page.figures:
        name = each["data-name"]
        kind, content = content_of(each)
        assert content == (FIGURES / name).read_bytes()
        assert kind == Path(name).suffix
        if name.endswith(".png"):
            assert not (FIGURES / name).with_suffix(".svg").exists()
        assert each["alt"]


def content_of(figure):
    """The suffix of a figure's file, and what is in that."""
    if packed := figure.get("data-packed"):
        return ".svg", gzip.decompress(base64.b64decode(packed, validate=True))
    kind, _, content = figure["src"].partition(";base64,")
    (suffix,) = (key for key, each in report.TYPES.items() if kind == f"data:{each}")
    return suffix, base64.b64decode(content, validate=True)


def test_every_row_of_the_data_is_there_and_no_page_need_be_large(page, published):
    names = [each["data-csv"] for each in page.all("pre") if "data-csv" in each]
    assert len(names) == len({*names}) == len(page.all("section")) - 1  # which is to play with
    for name in names:
        assert (published.parent / name).read_text(encoding="utf-8") in page.text
    assert len(page.all("button")) == len(page.figures) + 4  # and those of the enlarged figure
    # Photographs are as they are; all else is small.
    photographs = sum(len(each["src"]) for each in page.figures if "src" in each)
    assert published.stat().st_size - photographs < 3e6


def test_machine_versions_date_and_seed_are_told(few):
    main(["report", "--output", str(few)])
    text = Page(few / report.NAME).text
    run = json.loads((few / "backward.json").read_text(encoding="utf-8"))["run"]
    machine = run["machine"]
    assert run["started"][:10] in text
    assert machine["python"] in text
    assert f"numpy {machine['packages']['numpy']}" in text
    assert "none: nothing is drawn at random" in text


def test_tables_are_there_as_the_commands_have_printed_them(few):
    main(["report", "--output", str(few)])
    shown = stripped(Page(few / report.NAME).text)
    for name in ("backward", "graph"):
        table, wrote, _ = (few / f"{name}.txt").read_text(encoding="utf-8").partition("\nwrote ")
        assert wrote
        assert stripped(table).strip("\n") in shown


def stripped(text):
    return "\n".join(map(str.rstrip, text.splitlines()))


def test_ids_are_unique_and_what_refers_to_one_finds_it(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    refs = [attributes.get("aria-labelledby") for _, attributes in page.elements]
    assert {each for each in refs if each} <= set(ids)


def test_nothing_is_loaded_from_anywhere(page):
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            value = attributes.get(name) or ""
            allowed = ("#", "data:", "http") if (tag, name) == ("a", "href") else ("#", "data:")
            assert not value or value.startswith(allowed), (tag, name, value[:80])
        assert "url(" not in (attributes.get("style") or "")
    for code in page.scripts:
        for word in ("http:", "https:", "url(", "@import", "fetch(", "import("):
            assert word not in code
    for each in page.figures:
        kind, content = content_of(each)
        if kind == ".svg":
            assert not re.search(r'href="(?!#|data:)', content.decode("utf-8"))
    (policy,) = (each["content"] for each in page.all("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none'")


def test_it_is_made_for_phones_and_for_the_dark(page):
    (viewport,) = (each["content"] for each in page.all("meta") if each.get("name") == "viewport")
    assert viewport == "width=device-width, initial-scale=1"
    assert "prefers-color-scheme: dark" in "".join(page.scripts)


# What is not there


def test_a_part_of_the_data_gives_a_page_that_says_what_to_run_for_the_rest(few, capsys):
    assert main(["report", "--output", str(few)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"wrote .*report\.html \([\d.]+ [kM]B\)\n$", out)
    page = Page(few / report.NAME)
    assert [each["id"] for each in page.all("section")] == ["play", "graph", "backward"]
    for name in EXPERIMENTS.keys() - {"backward", "graph"}:
        assert f"python -m experiments {name}" in page.text
    assert "python -m experiments backward" in page.text  # the command of its run


def test_made_again_it_is_the_same(few):
    main(["report", "--output", str(few)])
    first = (few / report.NAME).read_bytes()
    main(["report", "--output", str(few)])
    assert (few / report.NAME).read_bytes() == first


def test_a_figure_or_a_table_that_is_missing_is_said_with_the_command_that_makes_it(few):
    (few / "paths.svg").unlink()
    (few / "backward.csv").unlink()
    main(["report", "--output", str(few)])
    text = Page(few / report.NAME).text
    plot = "python -m experiments plot"
    assert f"There is no paths.svg: {plot} graph --output {few}" in text
    assert f"There is no backward.csv: {plot} backward --output {few}" in text


def test_what_is_in_the_data_is_shown_as_text(few):
    path = few / "backward.csv"
    path.write_text('code,"<b>"\n"<script>alert(1)</script>",1\n', encoding="utf-8")
    main(["report", "--output", str(few)])
    page = Page(few / report.NAME)
    assert "<script>alert(1)</script>" in page.text
    assert len(page.all("script")) == 1


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--outputt", "x"], "No such option '--outputt'"),
        (["speedup"], "unexpected extra argument"),
        (["--output"], "'--output' requires an argument"),
        (["--output", __file__], "is a file"),
        ([], "there is no data in figures: run 'python -m experiments NAME --publish' first"),
        (["--output", "nowhere"], "there is no data in nowhere: run"),
    ],
)
def test_a_wrong_argument_or_no_data_is_one_clear_line_and_exit_code_2(
    arguments, message, capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert main(["report", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("python -m experiments: ")
    assert err.count("\n") == 1
    assert message in err
    assert not list(tmp_path.iterdir())


def test_damaged_data_is_one_line(few, capsys):
    (few / "graph.json").write_text("{", encoding="utf-8")
    capsys.readouterr()
    assert main(["report", "--output", str(few)]) == 2
    assert re.fullmatch(
        r"python -m experiments: cannot read \S+graph\.json: .*\n", capsys.readouterr().err
    )


# In a browser


@pytest.fixture(params=[("desktop", "light"), ("phone", "dark")], ids=" ".join)
def shown(request, browser, published):
    with window(browser, published, *request.param) as page:
        yield page


def test_nothing_is_wider_than_the_window(shown):
    shown.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    shown.locator("pre[data-csv]").first.wait_for(state="detached")  # all are tables by now
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_figures_are_seen_and_lie_on_white_or_turned_over_on_the_dark_page(shown):
    shown.locator("img[data-packed]").first.wait_for(state="detached")
    for image in shown.locator("figure img").all():
        image.scroll_into_view_if_needed()
        image.evaluate("image => image.decode()")
        assert image.evaluate("image => image.naturalWidth") > 100
        assert image.evaluate("image => image.getBoundingClientRect().width") > 250
    cards = "Array.from(document.querySelectorAll('figure button'))"
    colors = shown.evaluate(f"{cards}.map(each => getComputedStyle(each).backgroundColor)")
    below = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert set(colors) <= {"rgb(255, 255, 255)", below}


def test_a_table_of_data_is_made_of_all_its_rows_when_it_is_seen(shown, published):
    section = shown.locator("section#speedup")
    assert section.locator("table[aria-label]").count() == 0
    section.locator("summary", has_text="speedup.csv").click()
    table = section.get_by_label("speedup.csv").locator("table")
    table.wait_for()
    script = (
        "table => Array.from(table.rows, row => Array.from(row.cells, each => each.textContent))"
    )
    with (published.parent / "speedup.csv").open(encoding="utf-8", newline="") as file:
        assert table.evaluate(script) == list(csv.reader(file))
    for header in table.locator("th").all():
        assert header.get_attribute("scope") == "col"
        assert header.get_attribute("aria-sort") == "none"
        assert header.get_attribute("data-type") in {"number", "text"}


@together
@pytest.mark.parametrize("text", ['a,"b, ""c""",\n1,,"x\ny"\n', "a\n1", 'é,"<b>"\r\n"",2\r\n'])
def test_what_is_separated_by_commas_is_read_as_python_reads_it(shown, text):
    assert shown.evaluate("text => parsed(text)", text) == list(csv.reader(io.StringIO(text)))


def test_a_click_or_a_key_sorts_a_table_up_down_and_back(shown):
    section = shown.locator("section#speedup")
    section.locator("summary", has_text="speedup.csv").click()
    header = section.locator("th", has_text="seconds_measured")
    column = header.evaluate("header => header.cellIndex")

    def values():
        script = "(rows, column) => rows.map(row => row.cells[column].textContent)"
        return section.locator("tbody tr").evaluate_all(script, column)

    before = values()
    full = [float(each) for each in before if each]
    assert 0 < len(full) < len(before)  # some are estimated, and measured nowhere
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    after = values()
    assert [float(each) for each in after[: len(full)]] == sorted(full)
    assert not any(after[len(full) :])
    header.locator("button").press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    after = values()
    assert [float(each) for each in after[: len(full)]] == sorted(full, reverse=True)
    assert not any(after[len(full) :])

    other = section.locator("th").first
    other.locator("button").press("Space")
    assert header.get_attribute("aria-sort") == "none"
    assert other.get_attribute("aria-sort") == "ascending"
    names = section.locator("tbody tr td:first-child").all_text_contents()
    assert names == sorted(names)
    for _ in range(2):
        other.locator("button").press("Enter")
    assert values() == before


def test_a_click_enlarges_a_figure_and_escape_leaves_it(shown):
    figure = shown.locator("section#speedup button.zoomable").first
    large, dialog = shown.locator("dialog img"), shown.locator("dialog")
    width = "image => image.getBoundingClientRect().width"
    figure.click()
    shown.wait_for_function("document.querySelector('dialog img').style.width !== ''")
    fitted = large.evaluate(width)
    assert dialog.is_visible()
    assert fitted <= shown.viewport_size["width"]
    large.click()
    assert large.evaluate(width) == pytest.approx(2 * fitted, rel=0.05)
    shown.keyboard.press("+")
    assert large.evaluate(width) == pytest.approx(4 * fitted, rel=0.05)
    shown.locator("button[data-zoom=fit]").click()
    assert large.evaluate(width) == pytest.approx(fitted, rel=0.05)
    shown.keyboard.press("Escape")
    assert not dialog.is_visible()
    figure.press("Enter")
    assert dialog.is_visible()
    shown.locator("button[data-zoom=close]").click()
    assert not dialog.is_visible()


def test_contents_lead_to_each_experiment(shown):
    for link in shown.locator("nav ol a").all():
        link.click()
        name = link.get_attribute("href").removeprefix("#")
        top = shown.locator(f"section#{name}").evaluate("each => each.getBoundingClientRect().top")
        assert top < shown.viewport_size["height"]


def test_one_plays_within_the_page_and_all_of_it_is_seen(shown):
    inner = shown.frame_locator("#play iframe")
    for _ in range(4):
        inner.locator("[data-step=next]").click()
    assert inner.locator(".box.now").count() == 1
    assert "e = c * d" in inner.locator(".box.output").text_content()
    height = "each => each.getBoundingClientRect().height"
    shown.wait_for_function(
        "document.querySelector('#play iframe').clientHeight"
        " >= document.querySelector('#play iframe').contentDocument.body.offsetHeight"
    )
    assert shown.locator("#play iframe").evaluate(height) > 500


def test_a_command_is_not_broken_within_an_option():
    shown = report.code("python -m experiments chunks --output 'a <b'")
    assert shown == (
        '<code>python <span class="option">-m</span> experiments chunks '
        '<span class="option">--output</span> &#x27;a &lt;b&#x27;</code>'
    )
