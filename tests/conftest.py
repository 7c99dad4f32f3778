"""What the assertions of the harness compare is shown where they fail, as for those in tests."""

import pytest

pytest.register_assert_rewrite("tests.harness")
