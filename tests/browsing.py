"""Pages: what they consist of, and in a browser that reaches nothing, by the extra ``browser``."""

import shutil
from contextlib import contextmanager
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SIZES = {"desktop": (1280, 900), "phone": (360, 740)}
#: Its sandbox does not start for root, as which tests in a container often run.
ARGUMENTS = ("--no-sandbox", "--disable-background-networking")

#: Elements that have no end.
VOID = {"meta", "link", "img", "input", "wbr", "br"}


class Page(HTMLParser):
    """What a page consists of; fails at an element that is not closed where it should be."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        code = self.open and self.open[-1] in {"script", "style"}
        (self.scripts if code else self.texts).append(data)

    @cached_property
    def text(self):
        return "".join(self.texts)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def figures(self):
        return [each for each in self.all("img") if "data-name" in each]


@contextmanager
def chromium():
    """A headless Chromium; without one the test is skipped, and says why."""
    driver = pytest.importorskip(
        "playwright.sync_api", reason="the extra `browser` is not installed: no playwright"
    )
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip(f"no Chromium is installed: none of {', '.join(CHROMIUM)} is on the path")
    with driver.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield launched
        launched.close()


@contextmanager
def window(browser, path, size="desktop", scheme="light", **options):
    """A page in a window, from which nothing may be complained of or asked for."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        has_touch=size == "phone",
        offline=True,
        **options,
    )
    shown, complaints = context.new_page(), []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", lambda request: complaints.append(request.url))
    shown.goto(path.as_uri())
    yield shown
    context.close()
    own = ("data:", "about:srcdoc", path.as_uri())
    assert [each[:200] for each in complaints if not each.startswith(own)] == []
