"""The vault: what it seals opens only at its own place and with its own key; rotation and erasure."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection, models

from shouwang.trust.ledger.models import Entry
from shouwang.trust.vault import actions, ciphers, keys, master, queries
from shouwang.trust.vault.ciphers import AES, SM4, Refused
from shouwang.trust.vault.fields import HIDDEN, Sealed, SealedField, seal
from shouwang.trust.vault.models import Key

NOW = datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
SECRET = "小雨说家里出了事，想一个人待几天"

# Published vectors. AES: test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation" (also NIST's). SM4: RFC 8998, appendix A.1.
AES_16 = {
    "key": "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    "nonce": "cafebabefacedbaddecaf888",
    "text": "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    "bound": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "sealed": "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b",
}
AES_14 = {
    "key": "00" * 32,
    "nonce": "00" * 12,
    "text": "00" * 16,
    "bound": "",
    "sealed": "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
}
SM4_A1 = {
    "key": "0123456789abcdeffedcba9876543210",
    "nonce": "00001234567800000000abcd",
    "text": "aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8,
    "bound": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "sealed": "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec",
}


class Note(models.Model):
    """A table of this test alone."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    sid = models.IntegerField()
    text = SealedField(null=True)
    other = SealedField(null=True)

    class Meta:
        app_label = "vault_tests"
        managed = False

    def sealed_subject(self) -> str:
        return f"student:{self.sid}"


@pytest.fixture
def notes(db):
    sql, parameters = connection.SchemaEditorClass(connection).table_sql(Note)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    return Note


@pytest.mark.parametrize(("alg", "vector"), [(AES, AES_14), (AES, AES_16), (SM4, SM4_A1)])
def test_published_vectors(alg, vector):
    key, nonce, text, bound, sealed = (bytes.fromhex(vector[name]) for name in ("key", "nonce", "text", "bound", "sealed"))
    assert ciphers.seal(alg, key, nonce, text, bound) == sealed
    assert ciphers.unseal(alg, key, nonce, sealed, bound) == text
    for broken in (sealed[:-1], sealed[:7], bytes([sealed[0] ^ 1]) + sealed[1:], sealed[:-1] + bytes([sealed[-1] ^ 128])):
        with pytest.raises(Refused):
            ciphers.unseal(alg, key, nonce, broken, bound)
    with pytest.raises(Refused):
        ciphers.unseal(alg, bytes(len(key) - 1) + b"1", nonce, sealed, bound)
    with pytest.raises(Refused):
        ciphers.unseal(alg, key, nonce, sealed, bound + b"x")


@pytest.mark.django_db
@pytest.mark.parametrize("cipher", [AES, SM4])
def test_a_field_opens_and_shows_nothing(notes, settings, cipher):
    settings.CIPHER = cipher
    made = notes.objects.create(sid=17, text=SECRET)
    assert str(made.text) == HIDDEN
    fetched = notes.objects.get(pk=made.pk)
    assert isinstance(fetched.text, Sealed)
    assert f"{fetched.text} {fetched.text!r}" == f"{HIDDEN} {HIDDEN}"
    assert bytes(fetched.text).startswith(f"v1|{cipher}|".encode())
    assert SECRET.encode() not in bytes(fetched.text)
    assert queries.open_text(fetched, "text") == SECRET
    assert queries.open_text(fetched, "other") == ""


@pytest.mark.django_db
def test_moved_cut_and_changed_are_refused(notes):
    one, two = (notes.objects.create(sid=17, text=f"{SECRET}{at}", other="另一格") for at in (1, 2))
    one.text, two.text = two.text, one.text
    for moved in (one, two):
        with pytest.raises(Refused, match="移到了别处"):
            queries.open_text(moved, "text")
    one.refresh_from_db()
    one.text, one.other = one.other, one.text
    with pytest.raises(Refused, match="移到了别处"):
        queries.open_text(one, "text")
    one.refresh_from_db()
    whole = bytes(one.text)
    for broken, words in (
        (whole[:-1], "密文"),
        (whole[:-20], "密文"),
        (whole[:10], "密文"),
        (b"plain", "密文"),
        (whole.replace(b"v1|", b"v2|", 1), "密文"),
    ):
        one.text = Sealed(broken)
        with pytest.raises(Refused, match=words):
            queries.open_text(one, "text")
    one.text = Sealed(whole.replace(b"|aes-256-gcm|", b"|sm4-gcm|", 1))
    with pytest.raises(Refused):
        queries.open_text(one, "text")


@pytest.mark.django_db
def test_another_persons_key_does_not_open(notes):
    one, two = notes.objects.create(sid=17, text=SECRET), notes.objects.create(sid=18, text="别的")
    token, other = ciphers.parse(bytes(one.text)), ciphers.parse(bytes(two.text))
    one.text = Sealed(bytes(ciphers.Token(token.alg, other.key_id, token.nonce, token.sealed)))
    with pytest.raises(Refused, match="密钥不对"):
        queries.open_text(one, "text")


@pytest.mark.django_db
def test_a_wrong_master_key_is_named(notes, settings):
    one = notes.objects.create(sid=17, text=SECRET)
    settings.MASTER_KEY = "00" * 32
    keys.forget()
    with pytest.raises(master.MasterKeyMissing, match="SHOUWANG_MASTER_KEY"):
        queries.open_text(one, "text")
    settings.MASTER_KEY = "too short"
    with pytest.raises(master.MasterKeyMissing, match="32 字节"):
        queries.open_text(one, "text")


@pytest.mark.django_db
def test_a_lost_master_key_is_never_replaced(notes):
    notes.objects.create(sid=17, text=SECRET)
    master.file().unlink()
    with pytest.raises(master.MasterKeyMissing, match="不见了"):
        master.current()
    assert not master.file().exists()


@pytest.mark.django_db
def test_a_master_key_from_a_command(notes, settings, tmp_path):
    kept = tmp_path / "kms"
    kept.write_text("ab" * 32)
    settings.MASTER_KEY_COMMAND = f"cat {kept}"
    one = notes.objects.create(sid=17, text=SECRET)
    assert queries.open_text(one, "text") == SECRET
    assert not master.file().exists()
    settings.MASTER_KEY_COMMAND = "false"
    with pytest.raises(master.MasterKeyMissing, match="没有成功"):
        master.current()


@pytest.mark.django_db
def test_the_master_key_file_is_private(notes):
    notes.objects.create(sid=17, text=SECRET)
    assert master.file().stat().st_mode & 0o777 == 0o600
    assert master.file().parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.django_db
def test_many_at_once_take_few_statements(notes, django_assert_max_num_queries):
    rows = [notes(sid=at % 50, text=f"{SECRET}{at}") for at in range(200)]
    with django_assert_max_num_queries(8):
        seal(rows, ["text"])
        notes.objects.bulk_create(rows)
    back = list(notes.objects.order_by("pk"))
    with django_assert_max_num_queries(1):
        assert queries.open_texts(back, "text") == [f"{SECRET}{at}" for at in range(200)]


@pytest.mark.django_db
def test_a_text_without_its_row_is_refused(notes):
    notes.objects.create(sid=17, text=SECRET)
    with pytest.raises(TypeError, match="encrypted per row"):
        notes.objects.update(text="x")
    with pytest.raises(TypeError, match="encrypted per row"):
        list(notes.objects.filter(text=SECRET))


@pytest.mark.django_db
def test_erased_is_erased(notes):
    one, two = notes.objects.create(sid=17, text=SECRET), notes.objects.create(sid=18, text=SECRET)
    entry = actions.erase("student:17", by=None, now=NOW)
    with pytest.raises(queries.Erased):
        queries.open_text(one, "text")
    with pytest.raises(queries.Erased):
        seal([notes(sid=17, text="再写一条")], ["text"])
    assert queries.open_text(two, "text") == SECRET
    assert queries.is_erased("student:17")
    assert not queries.is_erased("student:18")
    assert Entry.objects.get(pk=entry.pk).kind == "vault.erased"
    assert set(Key.objects.filter(subject="student:17").values_list("state", "wrapped")) == {("destroyed", "")}
    actions.erase("student:19", by=None, now=NOW)  # who never had a key gets none later either
    with pytest.raises(queries.Erased):
        seal([notes(sid=19, text=SECRET)], ["text"])


@pytest.mark.django_db
def test_a_rotation_changes_everything_and_loses_nothing(notes, monkeypatch):
    monkeypatch.setattr(actions, "CHUNK", 7)
    rows = [notes(sid=at % 9, text=f"{SECRET}{at}", other=None if at % 3 else f"备注{at}") for at in range(40)]
    seal(rows, ["text", "other"])
    notes.objects.bulk_create(rows)
    erased = notes.objects.filter(sid=8)
    actions.erase("student:8", by=None, now=NOW)
    monkeypatch.setattr(actions, "_models", lambda: [notes])
    monkeypatch.setattr(actions.apps, "get_model", lambda label: notes)
    before = {row.pk: bytes(row.text) for row in notes.objects.all()}
    old_master = master.current()
    seen = []
    done = actions.rotate(by=None, now=NOW, tell=lambda rotation: seen.append(rotation.done))
    assert done.finished_at == NOW
    assert seen == sorted(seen)
    assert old_master not in master.everything()
    assert not Key.objects.exclude(state="destroyed").exclude(master=master.name_of(master.current())).exists()
    for row in notes.objects.exclude(sid=8):
        assert queries.open_text(row, "text") == f"{SECRET}{row.pk - min(before)}"
        assert bytes(row.text) != before[row.pk]
    assert all(bytes(row.text) == before[row.pk] for row in erased)
    assert "vault.rotation_finished" in set(Entry.objects.values_list("kind", flat=True))


@pytest.mark.django_db
def test_an_interrupted_rotation_goes_on(notes, monkeypatch):
    """Stopped after every single step in turn; `tests/trial/test_kill_rotation.py` kills the process itself."""
    monkeypatch.setattr(actions, "CHUNK", 3)
    monkeypatch.setattr(actions, "_models", lambda: [notes])
    monkeypatch.setattr(actions.apps, "get_model", lambda label: notes)
    rows = [notes(sid=at % 5, text=f"{SECRET}{at}") for at in range(12)]
    seal(rows, ["text"])
    notes.objects.bulk_create(rows)

    def stop(rotation):
        raise KeyboardInterrupt

    starts = 0
    while True:
        starts += 1
        try:
            actions.rotate(by=None, now=NOW, tell=stop)
        except KeyboardInterrupt:
            assert queries.open_texts(list(notes.objects.order_by("pk")), "text") == [f"{SECRET}{at}" for at in range(12)]
            if queries.rotation().finished_at:
                break
    assert starts > 8
    assert actions.Rotation.objects.count() == 1
    assert len(master.everything()) == 1


@pytest.mark.django_db
def test_blind_index_finds_equals_only():
    assert queries.blind("a.b", "2023001") == queries.blind("a.b", " 2023001 ")
    assert queries.blind("a.b", "2023001") != queries.blind("a.c", "2023001")
    assert queries.blind("a.b", "2023001") != queries.blind("a.b", "2023002")
    before = queries.blind("a.b", "2023001")
    actions.rotate(by=None, now=NOW)
    assert queries.blind("a.b", "2023001") == before


@pytest.mark.django_db
def test_what_is_remembered_is_bounded(settings):
    assert keys._unwrapped.cache_info().maxsize == keys.REMEMBERED
    assert "secret" not in repr(keys.of("school"))
