"""Days and instants of a feed, for pydantic: written out as a calendar has them, and read in one go by its core.

pydantic takes a text of digits for a count of seconds since 1970, also where it is strict; and an instant at the very ends of the calendar
is one that no zone can be changed of. Neither is anything that the province would mean.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import GetPydanticSchema
from pydantic_core import CoreSchema, core_schema


def _written(pattern: str, schema: CoreSchema) -> CoreSchema:
    """A text of this pattern, trimmed (D15), then read."""
    return core_schema.chain_schema([core_schema.str_schema(pattern=pattern, strip_whitespace=True), schema])


def _day() -> CoreSchema:
    return core_schema.custom_error_schema(
        _written("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", core_schema.date_schema(strict=False)),
        custom_error_type="date_parsing",
        custom_error_context={"error": "not a day of the calendar"},
    )


def _instant() -> CoreSchema:
    first, end = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    schema = core_schema.datetime_schema(strict=False, tz_constraint="aware", ge=first, lt=end)
    return _written("^[0-9]{4}-", schema)


type Day = Annotated[date, GetPydanticSchema(lambda _source, _handler: _day())]
"""`2026-03-01`."""
type Instant = Annotated[datetime, GetPydanticSchema(lambda _source, _handler: _instant())]
"""`2026-03-01T10:00:00+08:00`: with an offset, of 1900 to 9998."""
