"""Fixtures that more than one room uses."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.oracles import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

# Time says something about the machine; what a test asserts says something about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_uri(testrun_uid: str) -> Iterator[str]:
    """A PostgreSQL server for the whole run, shared by the workers of pytest-xdist."""
    with ExitStack() as stack:
        try:
            uri = stack.enter_context(postgres_server(testrun_uid))
        except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            pytest.skip(f"PostgreSQL does not start here: {error}")
        yield uri
