"""Cursors: opaque, bound to their list, and without personal data (invariant 7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.claims.paging import UnknownCursor, cursor_at, page, position_of


@given(count=st.integers(0, 120), limit=st.integers(1, 50))
def test_pages_put_together_are_the_list(count: int, limit: int) -> None:
    items = [str(number) for number in range(count)]
    seen: list[str] = []
    cursor = None
    for _ in range(count + 1):
        shown, cursor = page(items, str, scope="c1", cursor=cursor, limit=limit)
        assert len(shown) <= limit
        seen += shown
        if cursor is None:
            break
    assert seen == items


@pytest.mark.parametrize(("count", "ends"), [(3, True), (4, False)])
def test_a_page_that_holds_the_last_item_has_no_cursor(count: int, ends: bool) -> None:
    """A cursor says that there is more: nobody is sent for an empty page."""
    _, cursor = page(["a", "b", "c", "d"][:count], str, scope="c1", cursor=None, limit=3)
    assert (cursor is None) is ends


def test_a_cursor_of_another_list_is_refused() -> None:
    items = ["a", "b", "c"]
    _, cursor = page(items, str, scope="c1", cursor=None, limit=1)
    with pytest.raises(UnknownCursor):
        page(items, str, scope="c2", cursor=cursor, limit=1)


@pytest.mark.parametrize("cursor", ["", "x", "a.b", "%", "字", "a" * 200])
def test_an_invented_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(UnknownCursor):
        page(["a", "b"], str, scope="c1", cursor=cursor, limit=1)
    with pytest.raises(UnknownCursor):
        position_of("c1", cursor)


def test_a_position_comes_back_for_its_own_list_only() -> None:
    cursor = cursor_at("c1", "2026-07-01T02:00:00.000000Z#00ff00ff")
    assert position_of("c1", cursor) == "2026-07-01T02:00:00.000000Z#00ff00ff"
    with pytest.raises(UnknownCursor):
        position_of("c2", cursor)


def test_a_cursor_says_nothing_of_the_item() -> None:
    _, cursor = page(["D20250101", "D2"], str, scope="c1", cursor=None, limit=1)
    assert cursor is not None
    assert "D2" not in cursor
