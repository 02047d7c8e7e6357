"""The keys table: what `rotate_keys` writes and every other function reads, with KMS as moto and the emulator have it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.contract.conftest import Database, asked_of, session
from tests.fakes import platform
from tests.fakes.clock import FakeClock
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister
from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import B, N, S, blob, get, put, scan_all, single
from vaxcert.aws.kms import RootKey
from vaxcert.errors import Unavailable
from vaxcert.keys import es256
from vaxcert.keys.keyset import JWKS, OFFLINE, root
from vaxcert.keys.model import DOCUMENT_KEYS, PURPOSES, Published
from vaxcert.keys.published import PublishedReader
from vaxcert.keys.register import KeyRegister, SealedTable
from vaxcert.keys.rotate import DATA_KEYS, Register, Rotation
from vaxcert.keys.sealing import DataKeys, Sealer
from vaxcert.keys.store import KeyStore, encryption_context, public_key, public_keys_of

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class RegisterContract:
    def test_a_key_is_made_once(self, register: Register) -> None:
        assert register.keys("code") == ()
        assert register.make("code", "c0001", NOW)
        assert not register.make("code", "c0001", NOW + DAY)
        (key,) = register.keys("code")
        assert (key.purpose, key.kid, key.not_before, key.retire_at, key.killed) == (
            "code",
            "c0001",
            NOW,
            None,
            False,
        )
        assert public_key(key.public_jwk)
        assert key.public_jwk["kid"] == "c0001"
        assert register.keys("session") == ()

    def test_keys_come_in_the_order_of_their_ids(self, register: Register) -> None:
        for kid in ("c0002", "c0001", "c0003"):
            register.make("code", kid, NOW)
        assert [key.kid for key in register.keys("code")] == ["c0001", "c0002", "c0003"]

    def test_a_retirement_is_set_and_taken_back(self, register: Register) -> None:
        register.make("code", "c0001", NOW)
        register.retire("code", "c0001", NOW + DAY)
        assert register.keys("code")[0].retire_at == NOW + DAY
        assert not register.keys("code")[0].verifies(NOW + DAY)
        register.retire("code", "c0001", None)
        assert register.keys("code")[0].retire_at is None

    def test_a_killed_key_stays_killed(self, register: Register) -> None:
        register.make("code", "c0001", NOW)
        register.kill("code", "c0001", NOW)
        register.kill("code", "c0001", NOW)
        register.retire("code", "c0001", None)
        assert register.keys("code")[0].killed
        assert not register.keys("code")[0].verifies(NOW)

    def test_a_data_key_is_made_once_and_opens(self, register: Register) -> None:
        assert register.data_keys() == ()
        assert not register.holds_sealed_data()
        assert register.make_data_key("d0000001", NOW)
        assert not register.make_data_key("d0000001", NOW + DAY)
        (key,) = register.data_keys()
        assert (key.kid, key.not_before) == ("d0000001", NOW)
        assert register.opens(key)


class TestFakeRegister(RegisterContract):
    @pytest.fixture
    def register(self) -> Register:
        return FakeRegister()


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys table and three KMS keys."""

    dynamodb: Any
    table: str
    kms: Any
    wrap: str
    seal: str
    root: str
    archives: str

    def register(self) -> KeyRegister:
        sealed = [SealedTable(self.dynamodb, self.archives)]
        return KeyRegister(self.dynamodb, self.table, self.kms, self.wrap, self.seal, sealed)

    def change(self, purpose: str, kid: str, name: str, value: dict[str, Any]) -> None:
        """Somebody changes one attribute of a key."""
        self.dynamodb.update_item(
            TableName=self.table,
            Key={"pk": S(purpose), "sk": S(kid)},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )

    def empty(self) -> None:
        """Somebody empties the keys table."""
        for item in self.dynamodb.scan(TableName=self.table)["Items"]:
            self.dynamodb.delete_item(TableName=self.table, Key={"pk": item["pk"], "sk": item["sk"]})

    def store(self, clock: FakeClock) -> KeyStore:
        return KeyStore(self.dynamodb, self.table, self.kms, self.wrap, clock)

    def rotation(self) -> Rotation:
        signer = RootKey(self.kms, self.root)
        life = timedelta(hours=1)
        return Rotation(
            self.register(),
            root(signer.public_der(), signer.sign),
            {"code": life, "session": life, "device": life},
            60,
            DATA_KEY_AGE,
        )


@pytest.fixture
def vault(database: Database, request: pytest.FixtureRequest) -> Vault:
    if request.node.callspec.params["database"] == "emulator":
        kms = request.getfixturevalue("emulator").client("kms")
    else:
        kms = session().create_client(
            "kms", region_name="cn-north-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )
    wrap, seal = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    tables = database.tables
    return Vault(database.client, tables["KeysTable"], kms, wrap, seal, signing, tables["ArchivesTable"])


class TestKeyRegister(RegisterContract):
    @pytest.fixture
    def register(self, vault: Vault) -> Register:
        return vault.register()

    def test_invariant_5_a_key_that_is_over_is_kept_for_a_week(self, vault: Vault) -> None:
        """An offline pack has to name a killed one; and one that does not retire after all is kept."""
        register = vault.register()

        def ends() -> list[dict[str, str] | None]:
            return [item.get("ttl") for item in scan_all(vault.dynamodb, TableName=vault.table)]

        register.make("code", "c0001", NOW)
        register.retire("code", "c0001", NOW + DAY)
        assert ends() == [N(epoch(NOW + 8 * DAY))]
        register.retire("code", "c0001", None)
        assert ends() == [None]
        register.kill("code", "c0001", NOW)
        assert ends() == [N(epoch(NOW + 7 * DAY))]

    def test_d20_a_killed_key_of_documents_is_named_ever_after_and_another_goes(self, vault: Vault) -> None:
        """Papers have no end; what a killed key of codes signed is over within a minute."""
        register = vault.register()
        for purpose, kid in (("document", "d0001"), ("code", "c0001")):
            register.make(purpose, kid, NOW)  # type: ignore[arg-type]
            register.kill(purpose, kid, NOW)  # type: ignore[arg-type]
        items = {item["sk"]["S"]: item for item in scan_all(vault.dynamodb, TableName=vault.table)}
        assert {kid: "ttl" in item for kid, item in items.items()} == {"d0001": False, "c0001": True}
        assert all(key.killed for purpose in ("document", "code") for key in register.keys(purpose))

    def test_d23_whether_there_is_sealed_data_is_counted_to_one_and_nothing_of_it_is_read(
        self, vault: Vault
    ) -> None:
        for n in range(3):
            single(vault.dynamodb, put(vault.archives, {"pk": S(f"a1:{n}")}))
        with asked_of(vault.dynamodb) as asked:
            assert vault.register().holds_sealed_data()
        ((_, request),) = asked
        assert (request["Select"], request["Limit"], request["ConsistentRead"]) == ("COUNT", 1, True)

    def test_a_key_gone_meanwhile_is_not_brought_back(self, vault: Vault) -> None:
        vault.register().retire("code", "c0009", NOW)
        vault.register().kill("code", "c0009", NOW)
        assert vault.register().keys("code") == ()

    def test_a_newer_document_is_never_replaced_by_an_older(self, vault: Vault) -> None:
        register, reader = vault.register(), PublishedReader(vault.dynamodb, vault.table)
        assert reader.find(OFFLINE) is None
        newer = Published("{}", '"2"', NOW + DAY)
        register.publish(OFFLINE, newer)
        register.publish(OFFLINE, Published("{}", '"1"', NOW))
        assert reader.find(OFFLINE) == newer
        newest = replace(newer, etag='"3"')
        register.publish(OFFLINE, newest)
        assert reader.find(OFFLINE) == newest
        assert reader.find(JWKS) is None


class TestKeyStore:
    def test_what_one_half_signs_the_other_verifies(self, vault: Vault) -> None:
        clock = FakeClock(NOW)
        vault.register().make("session", "s0001", NOW)
        key = vault.store(clock).signing("session")
        assert key.kid == "s0001"
        public = vault.store(clock).public("session")["s0001"]
        assert es256.holds(public, es256.sign(key.private, b"message"), b"message")

    def test_the_newest_that_has_begun_signs_and_all_verify(self, vault: Vault) -> None:
        clock = FakeClock(NOW)
        for number, begin in ((1, NOW - DAY), (2, NOW), (3, NOW + DAY)):
            vault.register().make("code", f"c000{number}", begin)
        store = vault.store(clock)
        assert store.signing("code").kid == "c0002"
        assert set(store.public("code")) == {"c0001", "c0002", "c0003"}
        clock.advance(days=1)
        assert store.signing("code").kid == "c0003"

    def test_where_there_was_no_key_the_first_counts_at_once(self, vault: Vault) -> None:
        """In the minute of a first deployment it is just being made."""
        register, store = vault.register(), vault.store(FakeClock(NOW))
        assert store.public("code") == {}
        register.make("code", "c0001", NOW)
        assert set(store.public("code")) == {"c0001"}

    def test_a_killed_key_is_dead_within_half_a_minute(self, vault: Vault) -> None:
        clock = FakeClock(NOW)
        register, store = vault.register(), vault.store(clock)
        for number, begin in ((1, NOW - DAY), (2, NOW)):
            register.make("code", f"c000{number}", begin)
        assert store.signing("code").kid == "c0002"
        register.kill("code", "c0002", NOW)
        clock.advance(seconds=30)
        assert set(store.public("code")) == {"c0001"}
        assert store.signing("code").kid == "c0001"

    def test_a_retired_key_counts_no_more_though_its_item_is_still_there(self, vault: Vault) -> None:
        """Invariant 5."""
        clock = FakeClock(NOW)
        register, store = vault.register(), vault.store(clock)
        register.make("code", "c0001", NOW - DAY)
        register.make("code", "c0002", NOW)
        register.retire("code", "c0001", NOW + timedelta(seconds=30))
        assert set(store.public("code")) == {"c0001", "c0002"}
        clock.advance(seconds=30)
        assert set(store.public("code")) == {"c0002"}

    def test_a_key_of_a_suite_of_tomorrow_is_no_key_to_this_release(self, vault: Vault) -> None:
        """ADR 0007: verifiers are released before the first key of a new suite; one that was forgotten goes on with the rest."""
        register, store = vault.register(), vault.store(FakeClock(NOW))
        register.make("code", "c0001", NOW - DAY)
        register.make("code", "c0002", NOW)
        vault.change(
            "code", "c0002", "public_jwk", S('{"kty": "EC", "crv": "SM2", "alg": "SM2", "kid": "c0002"}')
        )
        assert set(store.public("code")) == {"c0001"}
        assert store.signing("code").kid == "c0001"

    def test_keys_are_read_at_most_twice_a_minute(self, vault: Vault) -> None:
        clock = FakeClock(NOW)
        vault.register().make("code", "c0001", NOW)
        store = vault.store(clock)
        store.public("code")
        vault.register().make("code", "c0002", NOW)
        for _ in range(30):
            assert set(store.public("code")) == {"c0001"}
            clock.advance(seconds=1)
        clock.advance(seconds=-1)
        clock.advance(seconds=1)
        assert set(store.public("code")) == {"c0001", "c0002"}

    def test_d20_a_key_that_replaced_a_killed_one_counts_at_once(self, vault: Vault) -> None:
        """Papers that it signed would else read as withdrawn for half a minute."""
        register, store = vault.register(), vault.store(FakeClock(NOW))
        register.make("document", "d0001", NOW)
        assert store.counts("document", "d0001")
        assert not store.counts("document", "d0002")
        with asked_of(vault.dynamodb) as asked:
            assert store.counts("document", "d0001")
        assert asked == [], "one that is known is not looked for anew"
        register.make("document", "d0002", NOW)
        assert set(store.public("document")) == {"d0001"}
        assert store.counts("document", "d0002")

    def test_who_only_verifies_signs_nothing(self, vault: Vault) -> None:
        vault.register().make("code", "c0001", NOW)
        env = {"KEYS_TABLE": vault.table}
        verifier = public_keys_of(env, vault.dynamodb, FakeClock(NOW))
        assert list(verifier.public("code")) == ["c0001"]
        with pytest.raises(Unavailable):
            verifier.signing("code")

    def test_a_key_that_signs_is_unwrapped_once(self, vault: Vault) -> None:
        vault.register().make("code", "c0001", NOW)
        unwrapped: list[str] = []
        vault.kms.meta.events.register(
            "before-call.kms.Decrypt", lambda model, **_: unwrapped.append(model.name), unique_id="once"
        )
        store = vault.store(FakeClock(NOW))
        assert [store.signing("code").kid for _ in range(3)] == ["c0001"] * 3
        assert unwrapped == ["Decrypt"]

    def test_having_found_no_key_is_not_kept(self, vault: Vault) -> None:
        store = vault.store(FakeClock(NOW))
        assert store.public("code") == {}
        with pytest.raises(Unavailable):
            store.signing("code")
        vault.register().make("code", "c0001", NOW)
        assert store.signing("code").kid == "c0001"

    def test_a_wrapped_half_opens_for_its_own_purpose_and_id_only(self, vault: Vault) -> None:
        """Whoever can write the table still cannot pass a device key off as a session key."""
        register = vault.register()
        register.make("device", "d0001", NOW)
        register.make("session", "s0001", NOW)
        foreign = get(vault.dynamodb, vault.table, {"pk": S("device"), "sk": S("d0001")})
        own = get(vault.dynamodb, vault.table, {"pk": S("session"), "sk": S("s0001")})
        assert foreign is not None
        assert own is not None
        single(vault.dynamodb, put(vault.table, {**own, "wrapped": B(blob(foreign, "wrapped"))}))
        with pytest.raises(ClientError):
            vault.store(FakeClock(NOW)).signing("session")

    @pytest.mark.parametrize(
        "private",
        [ec.derive_private_key(4711, ec.SECP384R1()), platform.rsa_key(), Ed25519PrivateKey.generate()],
    )
    def test_a_wrapped_half_of_another_kind_of_key_signs_nothing(self, vault: Vault, private: Any) -> None:
        vault.register().make("session", "s0001", NOW)
        wrapped = vault.kms.encrypt(
            KeyId=vault.wrap,
            Plaintext=private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            EncryptionContext=encryption_context("session", "s0001"),
        )["CiphertextBlob"]
        vault.change("session", "s0001", "wrapped", B(wrapped))
        with pytest.raises(Unavailable):
            vault.store(FakeClock(NOW)).signing("session")
        assert not vault.register().opens(vault.register().keys("session")[0])

    def test_no_private_half_lies_in_the_open(self, vault: Vault) -> None:
        vault.register().make("code", "c0001", NOW)
        item = get(vault.dynamodb, vault.table, {"pk": S("code"), "sk": S("c0001")})
        assert item is not None
        private = vault.store(FakeClock(NOW)).signing("code").private
        secret = private.private_numbers().private_value.to_bytes(32)
        assert secret not in blob(item, "wrapped")
        assert '"d"' not in item["public_jwk"]["S"]

    def test_a_data_key_seals_and_opens(self, vault: Vault) -> None:
        vault.register().make_data_key("d0000001", NOW)

        def sealer() -> Sealer:
            return Sealer(DataKeys(vault.dynamodb, vault.table, vault.kms, vault.seal, FakeClock(NOW)))

        sealed = sealer().seal("周小样", table="archives", key="a1:x", attribute="name")
        assert sealer().open(sealed, table="archives", key="a1:x", attribute="name") == "周小样"


class TestRotation:
    def test_a_first_rotation_makes_everything_ready(self, vault: Vault) -> None:
        clock = FakeClock(NOW)
        vault.rotation().run(NOW)
        store = vault.store(clock)
        for purpose in PURPOSES:
            assert store.signing(purpose).kid in store.public(purpose)
        reader = PublishedReader(vault.dynamodb, vault.table)
        for name in (JWKS, OFFLINE, DOCUMENT_KEYS):
            found = reader.find(name)
            assert found is not None
            assert found.issued_at == NOW

    def test_running_it_again_makes_nothing(self, vault: Vault) -> None:
        vault.rotation().run(NOW)
        again = vault.rotation().run(NOW + timedelta(hours=1))
        assert (again.made, again.retiring) == ((), ())

    def test_d23_no_first_data_key_is_made_where_sealed_data_exists(self, vault: Vault) -> None:
        vault.rotation().run(NOW)
        single(vault.dynamodb, put(vault.archives, {"pk": S("a1:x")}))
        vault.empty()
        done = vault.rotation().run(NOW + DAY)
        assert done.closed == (DATA_KEYS,)
        assert vault.register().data_keys() == ()
        # What needs no old key goes on.
        assert vault.store(FakeClock(NOW + DAY)).signing("session").kid in done.made

    def test_d23_every_key_that_does_not_open_is_named(self, vault: Vault) -> None:
        made = vault.rotation().run(NOW).made
        for item in vault.dynamodb.scan(TableName=vault.table)["Items"]:
            if "wrapped" in item:
                wrapped = bytearray(blob(item, "wrapped"))
                wrapped[len(wrapped) // 2] ^= 1
                vault.change(item["pk"]["S"], item["sk"]["S"], "wrapped", B(bytes(wrapped)))
        again = vault.rotation().run(NOW)
        assert set(again.closed) == set(made)
        assert len(made) > len(PURPOSES)

    def test_d23_a_public_half_of_another_key_is_found(self, vault: Vault) -> None:
        """Whoever can write the table could pass a public half of theirs off as ours."""
        register = vault.register()
        register.make("session", "s0001", NOW)
        register.make("session", "s0002", NOW)
        first, second = register.keys("session")
        assert register.opens(first)
        for stated in (json.dumps(dict(second.public_jwk)), '{"alg": "ES256", "x": "AA", "y": "AA"}'):
            vault.change("session", "s0001", "public_jwk", S(stated))
            assert not register.opens(register.keys("session")[0])
        assert register.opens(second)

    @pytest.mark.emulator
    @pytest.mark.parametrize("database", ["emulator"], indirect=True)
    def test_the_root_keys_signature_is_one_of_ours(self, vault: Vault) -> None:
        """Not on moto: it hashes a digest once more; KMS and the emulator do not."""
        signer = RootKey(vault.kms, vault.root)
        key = root(signer.public_der(), signer.sign)
        signature = es256.raw(key.sign(b"message"))
        assert es256.holds(public_key(key.jwk), signature, b"message")
