"""What most stories begin with: a real broker, and a phone that listens there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Broker
from tests.support.broker_helpers import Phone


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


@pytest.fixture
def phone(broker: Broker) -> Iterator[Phone]:
    with Phone(broker) as listening:
        yield listening
