"""What the demo sends in a browser's stead."""

import pytest

from scripts.demonstration.errors import DemonstrationError
from scripts.demonstration.sign_in import read_form

PAGE = """
<h1>Authorise</h1>
<form action="decide" method="post">
  <input type="hidden" name="token" value="t1">
  <input type="text" name="user">
  <input type="password" name="password" value="">
  <input type="checkbox" name="basic" checked>
  <input type="checkbox" name="control">
  <button name="decision" value="allow"> Allow </button>
  <button name="decision" value="refuse">Refuse</button>
</form>
<form><input type="hidden" name="other" value="1"></form>
"""


def test_form_is_sent_as_a_browser_would() -> None:
    form = read_form(PAGE)

    assert form is not None
    assert form.action == "decide"
    assert form.clicked("Allow") == [
        ("token", "t1"),
        ("user", "owner"),
        ("password", "owner-password"),
        ("basic", "on"),
        ("decision", "allow"),
    ]


def test_button_that_is_not_there_is_a_failure() -> None:
    form = read_form(PAGE)

    assert form is not None
    with pytest.raises(DemonstrationError, match="no button Accept"):
        form.clicked("Accept")


def test_page_without_a_form() -> None:
    assert read_form("<p>Error</p>") is None
