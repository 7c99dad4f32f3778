"""What does each mode give at corners and singular points?

At a corner no number is the derivative. What one may ask for is a number between the slopes on
either side, the same in both modes, and no NaN: one step of gradient descent would spread it
everywhere.
"""

from experiments.bench.results import Record
from experiments.bench.settings import SEED, Setting, Settings, Task
from experiments.questions.kinks.apart import LIBRARIES, measure_apart
from experiments.sides.libraries import HERE, installed


def libraries() -> list[str]:
    return [name for name in LIBRARIES if name == HERE or installed(name)]


PLACE = 150
SETTINGS = {"libraries": Setting(libraries, quick=(HERE,)), "seed": SEED}


def plan(settings: Settings) -> list[Task]:
    return [{"library": name} for name in settings["libraries"]]


def expect(task: Task, settings: Settings) -> float:
    """Others are imported, and compile each case."""
    return 1.0 if task["library"] == HERE else 10.0


def measure(task: Task, settings: Settings) -> Record:
    return measure_apart(task["library"])
