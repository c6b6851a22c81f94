"""The port at which the cloud listens, and can be made to refuse."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web


class Server:
    """A listening simulator."""

    def __init__(self, runner: web.AppRunner, site: web.TCPSite, host: str) -> None:
        """Take a site that listens, on a port that need not be known before."""
        self._runner = runner
        self._site = site
        self._host = host
        self.port = int(runner.addresses[0][1])
        self.url = f"http://{host}:{self.port}"

    async def close_port(self) -> None:
        """Refuse connections from now on, and cut those that there are."""
        await self._site.stop()
        self.cut_connections()

    async def open_port(self) -> None:
        """Listen again, at the same port."""
        self._site = web.TCPSite(self._runner, self._host, self.port)
        await self._site.start()

    def cut_connections(self) -> None:
        """End the connections that there are."""
        server = self._runner.server
        for connection in [] if server is None else server.connections:
            if connection.transport is not None:
                connection.transport.abort()


@asynccontextmanager
async def listening(
    app: web.Application, port: int, host: str
) -> AsyncGenerator[Server]:
    """Serve an application on a port, 0 for a free one, until the context ends."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield Server(runner, site, host)
    finally:
        await runner.cleanup()
