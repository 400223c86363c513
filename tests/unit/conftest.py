"""Whatever configuration a test of this folder loads is valid by the JSON Schema too."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.config import load
from gateway.config.model import Config


@pytest.fixture(autouse=True, scope='session')
def what_loads_is_valid() -> Iterator[None]:
    def checked(*args: Any, **kwargs: Any) -> Config:
        from tests.support.schema import VALIDATOR

        config = Config(*args, **kwargs)
        VALIDATOR.validate(config.document.root.plain())
        return config

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, 'Config', checked)
        yield
