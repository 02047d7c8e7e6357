"""Handles, by their table: made once, found under either pepper, moved from one to the next (R3, D22, D23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import Database, asked_of
from tests.fakes.clock import FakeClock
from tests.faults.memory import MemorySecrets
from tools.reblind import Reblinding, TooEarly, main
from vaxcert.aws.clock import epoch
from vaxcert.aws.secrets import SETTLED_AFTER, Known, Peppers
from vaxcert.errors import Unavailable
from vaxcert.identity.blinding import Blinder, Clear, Cover, archive, named, subject
from vaxcert.identity.handle_store import Doubled, HandleReader, HandleStore, Mover
from vaxcert.identity.handles import Handles, Kept, KnownHandles, Wanted, drawn

FIRST, SECOND = "p" * 64, "q" * 64
WHO, NAME = "320600199001010015", "沈测试"
VISIT = timedelta(days=7)


class World:
    """One deployment: the table, the secret, the clock; and processes that read the secret when they please."""

    def __init__(self, database: Database) -> None:
        self.client: Any = database.client
        self.table = database.tables["HandlesTable"]
        self.clock = FakeClock()
        self.secret = MemorySecrets(FIRST, self.clock())
        self.store = HandleStore(self.client, self.table)

    def process(self) -> Handles:
        """A function that has just started."""
        return Handles(self.store, Peppers(self.secret, "pepper", self.clock), self.clock, drawn)  # type: ignore[arg-type]

    def looking(self) -> KnownHandles:
        """One that only looks."""
        return KnownHandles(
            HandleReader(self.client, self.table),
            Peppers(self.secret, "pepper", self.clock),  # type: ignore[arg-type]
            drawn,
        )

    def leak(self) -> None:
        """The secret gets its second line."""
        self.secret.put(f"{FIRST}\n{SECOND}", self.clock())

    def settle(self) -> None:
        """Time goes by until everybody knows."""
        self.clock.now += SETTLED_AFTER

    def job(self, client: Any = None, workers: int = 1) -> Reblinding:
        """The job."""
        known = Peppers(self.secret, "pepper", self.clock).read()  # type: ignore[arg-type]
        return Reblinding(client or self.client, self.table, known, workers)

    def items(self) -> dict[str, dict[str, Any]]:
        """All that is in the table."""
        found = self.client.scan(TableName=self.table, ConsistentRead=True)["Items"]
        return {item.pop("pk")["S"]: item for item in found}


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def _keys(clear: Clear) -> tuple[str, ...]:
    return Blinder(FIRST.encode(), SECOND.encode()).keys(clear)


def test_r3_a_handle_is_drawn_once_and_stays(world: World) -> None:
    wanted = [subject(WHO), named(NAME), archive("child", "1"), subject(WHO)]
    made = world.process().of(wanted)
    assert world.process().of(wanted) == made
    assert world.process().person(WHO, NAME) == (made[subject(WHO)], made[named(NAME)])
    assert (
        world.looking().known(WHO, NAME)
        == world.process().visitor(WHO, NAME)
        == world.process().person(WHO, NAME)
    )
    assert len(set(made.values())) == len(world.items()) == 3


def test_invariant_7_a_handle_says_nothing_of_whom_it_stands_for(world: World) -> None:
    handle, _ = world.process().person(WHO, NAME)
    key, *_ = _keys(subject(WHO))
    assert handle not in key
    assert key[3:] not in handle
    assert World.process(world).person(WHO, "另一个")[0] == handle


def test_who_only_looks_writes_nothing_and_finds_nobody_under_a_handle_of_the_moment(world: World) -> None:
    looking = world.looking()
    assert looking.known(WHO, NAME) != looking.known(WHO, NAME)
    assert looking.bearer(WHO) != looking.bearer(WHO)
    assert world.items() == {}


def test_d22_a_visitor_goes_unless_somebody_else_keeps_them(world: World) -> None:
    process = world.process()
    handle, _ = process.visitor(WHO, NAME)
    first = epoch(world.clock() + VISIT)
    assert {item["ttl"]["N"] for item in world.items().values()} == {str(first)}
    # The end is not written anew with every visit, and a session never outlives it.
    world.clock.advance(hours=1)
    process.visitor(WHO, NAME)
    assert {item["ttl"]["N"] for item in world.items().values()} == {str(first)}
    # What has expired may still be there, and is taken up again.
    world.clock.advance(days=8)
    assert process.visitor(WHO, NAME)[0] == handle
    assert {item["ttl"]["N"] for item in world.items().values()} == {str(epoch(world.clock() + VISIT))}
    assert process.person(WHO, NAME)[0] == handle
    assert all("ttl" not in item for item in world.items().values())
    # From now on no visit gives it an end again, by an old reading neither.
    assert process.visitor(WHO, NAME)[0] == handle
    assert not world.store.prolong(_keys(subject(WHO))[0], Kept(handle, first), first + 1)
    assert all("ttl" not in item for item in world.items().values())


def test_what_is_in_the_way_of_one_is_in_the_way_of_no_other(world: World) -> None:
    wanted = [Wanted(f"v1:{n}", (f"v2:{n}",), Kept(f"h{n}")) for n in range(60)]
    assert world.store.make([wanted[3]]) == {"v1:3"}
    assert world.store.make([replace(wanted[7], key="v2:7", others=("v1:7",))]) == {"v2:7"}
    made = world.store.make([replace(one, kept=Kept("other")) for one in wanted])
    assert made == {one.key for one in wanted} - {"v1:3", "v1:7"}
    found = world.store.find(["v1:3", "v1:7", "v2:7", "v1:8"])
    assert {key: kept.handle for key, kept in found.items()} == {"v1:3": "h3", "v2:7": "h7", "v1:8": "other"}
    assert world.store.find([]) == {}
    assert world.store.make(wanted[3:4]) == world.store.make([]) == set()


def test_d23_nobody_is_written_under_the_new_pepper_before_everybody_knows_it(world: World) -> None:
    """A process that was started before the change and one of after it never take one person for two."""
    before = world.process()
    before.person(WHO, NAME)
    world.leak()
    after = world.process()
    one = after.person("320600199001020019", "甲")
    assert before.person("320600199001020019", "甲") == one
    other = before.person("320600199001030022", "乙")
    assert after.person("320600199001030022", "乙") == other
    with pytest.raises(TooEarly, match="not before"):
        next(world.job().passes(world.clock()))
    assert {key[1] for key in world.items()} == {"1"}
    world.settle()
    assert before.person("320600199001040036", "丙") == after.person("320600199001040036", "丙")
    assert [key[1] for key in sorted(world.items())].count("2") == 2
    assert before.person("320600199001020019", "甲") == after.person("320600199001020019", "甲") == one


def test_d23_a_process_that_cannot_read_the_secret_stops_before_the_change_counts(world: World) -> None:
    process = world.process()
    known = process.person(WHO, NAME)

    def fail(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalServiceError"}}, "GetSecretValue")

    world.leak()
    world.secret.get_secret_value = fail  # type: ignore[method-assign]
    world.clock.advance(minutes=14)
    assert process.person(WHO, NAME) == known
    world.clock.advance(minutes=1)
    with pytest.raises(Unavailable):
        process.person(WHO, NAME)
    del world.secret.get_secret_value
    world.clock.advance(minutes=1)
    assert process.person(WHO, NAME) == known


def test_d23_another_first_pepper_is_not_taken(world: World) -> None:
    """Everybody would be taken for new: a line may be added and none changed."""
    process = world.process()
    known = process.person(WHO, NAME)
    world.secret.put(SECOND, world.clock())
    world.clock.advance(minutes=6)
    assert process.person(WHO, NAME) == known
    world.clock.advance(minutes=10)
    with pytest.raises(Unavailable):
        process.person(WHO, NAME)
    assert {key[1] for key in world.items()} == {"1"}


def _changed(world: World) -> tuple[Handles, dict[Clear, str]]:
    """Seventy things are known, one of them a visitor; the pepper has leaked, and everybody knows."""
    wanted = [archive("child", str(n)) for n in range(69)]
    known = world.process().of(wanted)
    known[subject(WHO)], _ = world.process().visitor(WHO, NAME)
    world.leak()
    world.settle()
    return world.process(), known


def test_d23_the_job_moves_every_key_and_nothing_else(world: World) -> None:
    process, known = _changed(world)
    before = world.items()
    with asked_of(world.client) as asked:
        assert list(world.job().passes(world.clock())) == [len(before), 0]
    # What is read late would be met once more, and a last pass would end before all is moved.
    assert all(request["ConsistentRead"] for name, request in asked if name == "Scan")
    cover = Cover(SECOND.encode())
    assert world.items() == {cover.over(key): item for key, item in before.items()}
    assert {clear: process.of([clear])[clear] for clear in known} == known
    assert world.looking().known(WHO, NAME)[0] == known[subject(WHO)]
    assert list(world.job(workers=3).passes(world.clock())) == [0]


class Cut:
    """A client whose power is cut at the `left`th write: before it is done, or when it was and nobody heard."""

    def __init__(self, client: Any, left: int, *, done: bool) -> None:
        self._client, self._left, self._done = client, left, done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        self._left -= 1
        if self._left < 0 and not self._done:
            raise KeyboardInterrupt
        answer = self._client.transact_write_items(**request)
        if self._left < 0:
            raise KeyboardInterrupt
        return answer


@pytest.mark.parametrize("done", [False, True])
def test_d23_a_job_that_is_broken_off_at_any_write_goes_on(world: World, done: bool) -> None:
    process, known = _changed(world)
    before = world.items()
    writes = 0
    while True:
        # Each job gets one write further than the one before, from wherever that one left it.
        try:
            list(world.job(Cut(world.client, 1, done=done)).passes(world.clock()))
        except KeyboardInterrupt:
            writes += 1
            assert {clear: process.of([clear])[clear] for clear in known} == known
            continue
        break
    assert writes > 0
    cover = Cover(SECOND.encode())
    assert {key: item["handle"] for key, item in world.items().items()} == {
        cover.over(key): item["handle"] for key, item in before.items()
    }


def test_d23_what_is_kept_for_good_while_the_job_moves_it_gets_no_end_again(world: World) -> None:
    """The job has read a visitor's item; before it writes, the night keeps the visitor for good."""
    process, known = _changed(world)
    night = world.process()

    class Late(Cut):
        def transact_write_items(self, **request: Any) -> Any:
            night.person(WHO, NAME)
            return super().transact_write_items(**request)

    list(world.job(Late(world.client, 1000, done=False)).passes(world.clock()))
    assert all("ttl" not in item for item in world.items().values())
    assert process.person(WHO, NAME)[0] == known[subject(WHO)]
    assert {key[1] for key in world.items()} == {"2"}


def test_d23_a_key_that_moves_between_two_looks_is_found(world: World) -> None:
    process, known = _changed(world)
    moved: list[int] = []
    reader = HandleStore(world.client, world.table)
    plain = reader.find

    def between(keys: Any) -> dict[str, Kept]:
        found = plain(keys)
        if not moved:
            moved.extend(world.job().passes(world.clock()))
        return found

    reader.find = between  # type: ignore[method-assign]
    peppers = Peppers(world.secret, "pepper", world.clock)  # type: ignore[arg-type]
    looking = KnownHandles(reader, peppers, drawn)
    assert looking.known(WHO, NAME)[0] == looking.bearer(WHO) == known[subject(WHO)]
    assert moved[-1] == 0
    assert process.person(WHO, NAME)[0] == known[subject(WHO)]


def test_d22_d23_a_visitor_who_goes_while_the_job_moves_them_has_gone(world: World) -> None:
    """TTL takes what the job has read; the others of the same transaction move."""
    process, known = _changed(world)
    old, new = _keys(subject(WHO))

    class Late(Cut):
        def transact_write_items(self, **request: Any) -> Any:
            world.client.delete_item(TableName=world.table, Key={"pk": {"S": old}})
            return super().transact_write_items(**request)

    list(world.job(Late(world.client, 1000, done=False)).passes(world.clock()))
    assert not {old, new} & world.items().keys()
    assert {key[1] for key in world.items()} == {"2"}
    del known[subject(WHO)]
    assert {clear: process.of([clear])[clear] for clear in known} == known


@pytest.mark.parametrize(
    ("who", "now"),
    [
        (subject(WHO), {"handle": {"S": "another"}}),  # one that has an end
        (archive("child", "1"), {"ttl": {"N": "4102444800"}}),  # one that had none
    ],
    ids=["handle", "end"],
)
def test_d23_a_key_that_became_another_since_the_job_read_it_moves_as_it_stands(
    world: World, who: Clear, now: dict[str, Any]
) -> None:
    process = world.process()
    process.of([archive("child", "1")])
    process.visitor(WHO, NAME)
    world.leak()
    world.settle()
    old, new = _keys(who)
    stands = world.items()[old] | now
    later = [stands]

    class Late(Cut):
        def transact_write_items(self, **request: Any) -> Any:
            while later:
                world.client.put_item(TableName=world.table, Item={"pk": {"S": old}, **later.pop()})
            return super().transact_write_items(**request)

    list(world.job(Late(world.client, 1000, done=False)).passes(world.clock()))
    items = world.items()
    assert (items[new], old in items) == (stands, False)


def test_d22_only_the_end_that_was_read_of_the_handle_that_was_read_is_put_off(world: World) -> None:
    kept = Kept("s.one", epoch(world.clock()))
    world.store.make([Wanted("v1:x", (), kept)])
    for read in (replace(kept, handle="s.other"), replace(kept, ends=epoch(world.clock()) - 1)):
        assert not world.store.prolong("v1:x", read, None)
    assert world.store.find(["v1:x"]) == {"v1:x": kept}
    assert world.store.prolong("v1:x", kept, None)
    assert not world.store.prolong("v1:x", replace(kept, ends=None), kept.ends)
    assert world.store.find(["v1:x"]) == {"v1:x": replace(kept, ends=None)}


def test_d23_two_handles_of_one_person_stop_the_job(world: World) -> None:
    _changed(world)
    old, new = _keys(subject(WHO))
    world.store.make([Wanted(new, (), Kept("another"))])
    with pytest.raises(Doubled):
        Mover(world.client, world.table, Cover(SECOND.encode())).segment(0, 1)
    assert {old, new} <= world.items().keys()


def test_what_it_costs_to_enter(world: World) -> None:
    """R3: a person who is known is one read; one who is new two reads and one write."""
    process = world.process()
    with asked_of(world.client) as asked:
        process.visitor(WHO, NAME)
    assert [name for name, _ in asked] == ["BatchGetItem", "TransactWriteItems"]
    with asked_of(world.client) as asked:
        process.visitor(WHO, NAME)
    assert [name for name, _ in asked] == ["BatchGetItem"]


@pytest.mark.parametrize("peppers", [1, 2])
def test_d7_what_a_grant_costs_does_not_tell_whether_the_person_was_known(world: World, peppers: int) -> None:
    """Never met, a visitor, and kept for good: the same calls, of as many keys and operations, during a change of the pepper too."""
    process = world.process()
    if peppers == 2:
        process.person("320600199001060069", "甲")
        world.leak()
        world.settle()
    took = set()
    process.visitor(WHO, NAME)
    for number, name in ((WHO, NAME), (WHO, NAME), ("320600199001070072", "乙"), (WHO, "乙")):
        with asked_of(world.client) as asked:
            process.person(number, name)
        took.add(tuple((call, len(_keys_or_operations(world.table, request))) for call, request in asked))
    looks = [("BatchGetItem", 2)] * peppers
    assert took == {(*looks, ("TransactWriteItems", 2 * peppers))}
    assert all("ttl" not in item for item in world.items().values())


def _keys_or_operations(table: str, request: Any) -> Any:
    return request["TransactItems"] if "TransactItems" in request else request["RequestItems"][table]["Keys"]


def test_d7_what_is_kept_is_what_was_found(world: World) -> None:
    """A handle that has gone since, or stands under another form by now, is looked for again."""
    process, keys = world.process(), _keys(subject(WHO))
    handle, _ = process.person(WHO, NAME)
    there, gone = Wanted(keys[0], (), Kept(handle)), Wanted(keys[0], (), Kept("s.another"))
    assert world.store.keep([there], [])
    assert not world.store.keep([gone], [])
    assert not world.store.keep([], [gone])
    assert not world.store.keep([], [Wanted("v2:x", (keys[0],), Kept("s.x"))])
    assert world.store.find([*keys, "v2:x"]) == {keys[0]: Kept(handle)}


def test_d23_the_job_says_what_it_met_and_when_it_may_begin(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 2
    assert main(["stack"], lambda _: world.job()) == 1
    assert "one line" in capsys.readouterr().err
    _changed(world)
    assert main(["stack"], lambda _: world.job()) == 0
    assert capsys.readouterr().out.splitlines() == [
        "keys of an older pepper met: 71",
        "keys of an older pepper met: 0",
    ]


def test_invariant_7_no_pepper_is_shown() -> None:
    assert "xxx" not in repr(Known((b"x" * 32,), FakeClock()()))
