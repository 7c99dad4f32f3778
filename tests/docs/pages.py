"""The pages of the documentation, and the code on them."""

import doctest
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

FENCED = re.compile(
    r"^(?P<indent> *)```python\n(?P<code>.*?)^ *```$(?:\s*^ *```text\n(?P<output>.*?)^ *```$)?",
    re.MULTILINE | re.DOTALL,
)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """Code on a page, and the text right below it: what it prints, and the error it ends with."""

    page: str
    line: int
    code: str
    output: str | None = None

    @property
    def file(self) -> str | None:
        found = re.match(r"# (\w+\.py)\n", self.code)
        return found and found[1]

    def run(self, names: dict[str, object]) -> None:
        """Run it among `names`, and hold what it prints against what the page shows.

        Code that begins with the name of a file, ``# model.py``, is also that file.
        """
        if self.file:
            Path(self.file).write_text(self.code, encoding="utf-8")
        # Lines of code stand where they do on the page, for the sake of tracebacks.
        code = compile("\n" * self.line + self.code, self.page, "exec")
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                exec(code, names)
        except Exception as error:
            if self.output is None:
                raise
            print(f"{type(error).__name__}: {error}", file=printed)
        if self.output is not None:
            found = printed.getvalue()
            same = doctest.OutputChecker().check_output(self.output, found, OPTIONS)
            assert same, f"{self.page}, line {self.line}: it prints\n{found}"


def blocks(page: str, text: str) -> Iterator[Block]:
    for each in FENCED.finditer(text):
        indent = each["indent"]
        code, output = (
            part and re.sub(f"^{indent}", "", part, flags=re.MULTILINE)
            for part in (each["code"], each["output"])
        )
        yield Block(page, text.count("\n", 0, each.start()) + 1, code, output)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
