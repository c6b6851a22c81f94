"""The site of the tests of failures."""

from tests.faults.conftest import callback_server, resolver, site

__all__ = ["callback_server", "resolver", "site"]
