"""What a measurement was made on: processor, system, versions, BLAS and its settings."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

#: Variables that change which kernels run, or on how many threads.
SETTINGS = (
    "MKL_NUM_THREADS",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "OMP_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OPENBLAS_NUM_THREADS",
)


def describe(packages: Iterable[str] = ("admodes", "numpy")) -> dict[str, Any]:
    """The machine and the software, as a dict that is ready for JSON.

    `packages` are the distributions whose versions are given (``None`` where one is not
    installed). Nothing in it names a person, a host or a path.
    """
    return {
        "processor": processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {package: version(package) for package in packages},
        "blas": [
            {key: library.get(key) for key in ("internal_api", "version", "architecture")}
            for library in numpys_blas()
        ],
        "environment": {name: os.environ[name] for name in SETTINGS if name in os.environ},
    }


def numpys_blas() -> list[dict[str, Any]]:
    """The BLAS that NumPy brings, or all there are where it uses the system's.

    SciPy brings another one, and whether that is loaded by now is no matter of the machine.
    """
    from threadpoolctl import threadpool_info  # here, so that ``import admodes`` is light

    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    own = [x for x in found if any(p.startswith("numpy") for p in Path(x["filepath"]).parts)]
    return own or found


def blas_threads() -> int | None:
    """How many threads NumPy's BLAS may use as things are set now; ``None`` where none is found."""
    return max((library["num_threads"] for library in numpys_blas()), default=None)


def processor() -> str:
    """The processor's name as its maker gives it, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def cores() -> int:
    """How many cores this process may run on (a container is often given fewer than there are)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def version(package: str) -> str | None:
    """The installed version of a distribution."""
    from importlib import metadata  # here, so that ``import admodes`` is light

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
