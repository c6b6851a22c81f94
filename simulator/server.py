"""The HTTP side of the simulated cloud."""

from typing import TYPE_CHECKING

from aiohttp import web

from .control_panel import ControlPanel
from .disturbance import Disturbance, Handler
from .gateway import Gateway
from .oauth_pages import OAuthPages

if TYPE_CHECKING:
    from .simulator import Simulator


def application(simulator: Simulator) -> web.Application:
    """Return the web application of a simulator."""
    disturbance = Disturbance(simulator)

    @web.middleware
    async def disturbed(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await disturbance.handle(request, handler)

    app = web.Application(middlewares=[disturbed])
    app.on_shutdown.append(disturbance.release)
    OAuthPages(simulator).add_routes(app)
    ControlPanel(simulator).add_routes(app)
    Gateway(simulator).add_routes(app)
    return app
