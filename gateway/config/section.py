"""What sections of the configuration have in common: their model, and values with units."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainValidator

from gateway.config.units import between, duration, size

HOUR = 3600.0
Interval = Annotated[
    float, PlainValidator(duration), AfterValidator(between(0.001, HOUR, 'write 1ms to 1h'))
]
Wait = Annotated[
    float, PlainValidator(duration), AfterValidator(between(0, HOUR, 'write 0s to 1h'))
]
Size = Annotated[
    int, PlainValidator(size), AfterValidator(between(1, 10_000_000_000, 'write 1B to 10GB'))
]


class Section(BaseModel):
    """One section of the file."""

    model_config = ConfigDict(
        frozen=True, extra='forbid', strict=True, arbitrary_types_allowed=True
    )
