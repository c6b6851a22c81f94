"""The HTTP side of the simulated cloud."""

from aiohttp import web

from .control_panel import ControlPanel
from .gateway import Gateway
from .oauth_pages import OAuthPages
from .simulator import Simulator


def application(simulator: Simulator) -> web.Application:
    """Return the web application of a simulator."""
    app = web.Application()
    OAuthPages(simulator).add_routes(app)
    ControlPanel(simulator).add_routes(app)
    Gateway(simulator).add_routes(app)
    return app
