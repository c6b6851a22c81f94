"""Each failure at each moment: what a user sees of it, and that it goes away by itself."""

import pytest

pytest.register_assert_rewrite("tests.faults.moments")
