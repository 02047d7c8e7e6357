"""How far the going through of what stood before D13 is, in DynamoDB."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Database, asked_of
from vaxcert.aws.dynamodb import S
from vaxcert.corrections.steps.rejudging import SEGMENTS, Segment, Segments, What


@pytest.fixture
def segments(database: Database) -> Segments:
    return Segments(database.client, database.tables["FeedRunsTable"])


def _all(what: What) -> tuple[Segment, ...]:
    return tuple(Segment(what, number) for number in range(SEGMENTS))


def test_d13_a_segment_goes_on_where_it_stopped_and_is_done_at_its_end(segments: Segments) -> None:
    one, other = Segment(What.ARCHIVES, 0), Segment(What.ARCHIVES, 10)
    assert segments.at(one) == (None, False)
    segments.keep(one, {"pk": S("a1")})
    assert segments.at(one) == ({"pk": S("a1")}, False)
    segments.keep(one, None)
    assert segments.at(one) == (None, True)
    assert segments.at(other) == (None, False)


def test_d13_archives_come_before_certificates_and_then_nothing_is_left(
    database: Database, segments: Segments
) -> None:
    for what in What:
        assert segments.pending() == _all(what)
        segments.keep(_all(what)[3], {"pk": S("a1")})
        for one in _all(what)[1:]:
            segments.keep(one, None)
        assert segments.pending() == _all(what)[:1]
        segments.keep(_all(what)[0], None)
    assert segments.pending() == ()
    with asked_of(database.client) as asked:
        assert segments.pending() == ()
    assert [name for name, _ in asked] == ["GetItem"], "every later night asks for one item"


def test_d13_on_a_new_register_there_is_nothing_to_go_through(segments: Segments) -> None:
    segments.all_done()
    assert segments.pending() == ()
