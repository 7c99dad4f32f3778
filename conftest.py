"""What of the package the tests leave out where it cannot be imported: tests/scipy says so."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("scipy") else ["admodes/scipy/*"]
