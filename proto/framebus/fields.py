"""What the values in messages may be: one set of bounds for all who read them.

A message has 4 KiB at most, but much of what it says is kept and shown, and goes on as JSON, which
has no word for what is not finite. So each value has bounds of its own, and what is beyond them is
refused where it comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from framebus import topics
from framebus.credentials import hide
from framebus.envelope import MAX_SIDE
from framebus.errors import EnvelopeError
from framebus.plain import plain

Name = Annotated[str, Field(pattern=f"^{topics.NAME.pattern}$")]
Word = Annotated[str, Field(max_length=40), AfterValidator(plain)]
"""What the camera, the kernel or a program calls something."""
Text = Annotated[str, Field(max_length=500), AfterValidator(plain), AfterValidator(hide)]
"""For people, without credentials. It can be shown on a terminal, as can each `Word`."""

Signed = Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]
Whole = Annotated[int, Field(strict=True, ge=0, lt=2**64)]
Count = Annotated[int, Field(strict=True, ge=0, lt=2**40)]
"""Many of them add up to less than 64 bits."""
Moment = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
"""Bus time, ns."""
Bitrate = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
Pixels = Annotated[int, Field(strict=True, ge=0, le=MAX_SIDE)]
Number = Annotated[float, Field(strict=True, ge=-1e12, le=1e12)]
Measure = Annotated[float, Field(strict=True, ge=0, le=1e12)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Cause = Literal["sensor", "source", "encoder", "link", "bus", "late", "resync", "corrupt", "viewer"]
"""Those of `framebus.causes`; the list is closed."""

SHOWN = 80  # characters of where a fault is: keys are the sender's own


class Fields(BaseModel):
    """The fields of a message; unknown ones are ignored."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="ignore")


Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], fields: Mapping[str, Any], what: str) -> Model:
    """The fields as a model; raises `EnvelopeError` that names ``what`` and the field at fault."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        where = plain(".".join(str(part) for part in faults[0]["loc"])[:SHOWN])
        raise EnvelopeError(f"{what}: {where}: {faults[0]['msg']}") from None
