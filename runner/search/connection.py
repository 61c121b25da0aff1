"""Connections to a Dask scheduler, and what its client logs of them."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tunecard.runner.errors import ClusterUnreachable, InputError
from tunecard.runner.models.fitting import describe

ANSWER_SECONDS = 10.0  # that a scheduler has to answer


def check_address(address: str) -> None:
    """Refuse what is not a scheduler's address.

    Raises
    ------
    InputError
        With what one looks like.
    """
    try:
        parts = urlsplit(address)
        whole = parts.scheme in {"tcp", "tls"} and parts.hostname and parts.port
    except ValueError:  # a port that is none
        whole = False
    if not whole:
        raise InputError(
            f"--scheduler {address}: is not a scheduler's address; write it as "
            "'dask scheduler' prints it, as in tcp://host:8786."
        )


def connect(address: str) -> Any:
    """Connect to a scheduler; the clients of others in this process are left alone."""
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            f"--backend dask: Dask is not installed here ({error}). Install it: "
            'pip install "tunecard[cluster]"'
        ) from error
    client: Any = distributed.Client  # published without types
    try:
        # Versions that differ are reported by us, where it matters, and refused.
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterUnreachable(
            f"--scheduler {address}: no Dask scheduler answers there ({describe(error)}). "
            "Start one with 'dask scheduler', or check the address that it printed."
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what Dask's client logs of a connection; our errors report it."""
    logger = logging.getLogger("distributed.client")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
