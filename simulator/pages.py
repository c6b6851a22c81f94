"""The HTML pages an owner sees while consenting."""

from html import escape

from .access.oauth import BASIC, CONTROL

_WORDS = {
    BASIC: ("Basic APIs", "Read plants, devices, alarms and reports"),
    CONTROL: ("Control APIs", "Change battery and inverter settings"),
}
_STYLE = """
body { font-family: system-ui, sans-serif; background: #eef2f6; color: #1c2733; margin: 0; }
main { max-width: 26rem; margin: 8vh auto; background: #fff; padding: 2rem;
       border-radius: 12px; box-shadow: 0 4px 24px #0002; }
h1 { font-size: 1.3rem; margin-top: 0; }
label { display: block; margin: .8rem 0; }
label small { display: block; color: #667; margin-left: 1.6rem; }
input[type=text], input[type=password] { width: 100%; box-sizing: border-box; padding: .6rem;
       font-size: 1rem; border: 1px solid #b8c2cc; border-radius: 6px; }
button { font-size: 1rem; padding: .7rem 1.4rem; border-radius: 6px; cursor: pointer;
       border: 1px solid #c4161c; background: #fff; color: #c4161c; margin-right: .8rem; }
button[value=allow] { background: #c4161c; color: #fff; }
.problem { background: #fdecea; padding: .6rem; border-radius: 6px; }
footer { color: #667; font-size: .85rem; margin-top: 1.5rem; }
"""


def _document(title: str, content: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}"
        "<footer>Simulated SmartPVMS cloud, no real account is involved.</footer>"
        "</main></body></html>"
    )


def consent_page(
    client: str, scopes: tuple[str, ...], problem: str | None = None
) -> str:
    """Return the page where an owner logs in and ticks what a client may do."""
    boxes = "".join(
        f'<label><input type="checkbox" name="{scope}" checked> {_WORDS[scope][0]}'
        f"<small>{_WORDS[scope][1]}</small></label>"
        for scope in scopes
    )
    warning = (
        ""
        if problem is None
        else f'<p class="problem" role="alert">{escape(problem)}</p>'
    )
    form = (
        f"{warning}<p><b>{escape(client)}</b> asks for access to your plants.</p>"
        '<form method="post">'
        '<label>User name <input type="text" name="user" value="owner" required></label>'
        '<label>Password <input type="password" name="password" value="owner-password"'
        " required></label>"
        f"{boxes}"
        '<button type="submit" name="decision" value="allow">Allow</button>'
        '<button type="submit" name="decision" value="refuse" formnovalidate>Refuse</button>'
        "</form>"
    )
    return _document("Authorise access", form)


def error_page(parameter: str) -> str:
    """Return the page shown instead of a redirect for a wrong parameter."""
    return _document(
        "Authorisation not possible",
        f'<p class="problem">The request parameter <code>{escape(parameter)}</code> '
        "is missing or not valid.</p>",
    )
