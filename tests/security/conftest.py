"""The site of the tests of failures."""

from tests.faults.conftest import callback_server, kind, resolver, site

__all__ = ["callback_server", "kind", "resolver", "site"]
