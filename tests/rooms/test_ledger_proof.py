"""ledger: whoever goes behind the product's back is found and named; what is proved can be checked without this program."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest
from django.db import connection

from shouwang.trust.access import actions as access
from shouwang.trust.access.models import Account
from shouwang.trust.ledger import actions, audit, canonical, heads, keys, proofs, queries, sealing
from shouwang.trust.ledger.guard import told
from shouwang.trust.ledger.models import Audit, Entry, Head, Node, Seal, Tree
from shouwang.trust.ledger.sequencer import sequence
from shouwang.trust.people.models import Responsibility
from shouwang.work.alerts.models import RuleReason, RuleVersion
from tests.worlds import NOW, small_school

pytestmark = pytest.mark.django_db
VERIFIER = queries.verifier()


def entries(count, about=("student:1",)):
    return [actions.record("alerts.acknowledged", by=7, about=about, now=NOW + timedelta(seconds=n), content=n) for n in range(count)]


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount, "nothing was changed"


def found(kind=None):
    return [(one.kind, one.table, one.row) for one in audit.audit() if kind is None or one.kind == kind]


def verify(proof, tmp_path, *options):
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof, ensure_ascii=False), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "-S", str(VERIFIER), str(path), *options], capture_output=True, text=True, cwd="/")
    assert not done.stderr
    return done.returncode, done.stdout


# ---- the tree over entries ----


def test_every_entry_gets_one_place_and_nobody_waits():
    entries(5)
    assert Entry.objects.filter(leaf=None).count() == 5
    assert sequence(batch=2) == 5 and sequence() == 0
    assert list(Entry.objects.order_by("leaf").values_list("leaf", flat=True)) == list(range(5))
    assert Tree.objects.get().size == 5 and Node.objects.count() == 5 + 2 + 1
    entries(1)
    assert sequence() == 1 and Tree.objects.get().size == 6 and found() == []


def test_a_lower_number_that_is_committed_later_is_not_skipped():
    first, second = entries(2)
    sql("UPDATE ledger_about SET entry_id=%s WHERE entry_id=%s", second.pk, first.pk)
    sql("DELETE FROM ledger_entry WHERE id=%s", first.pk)
    assert sequence() == 1
    sql("DELETE FROM ledger_about WHERE id=(SELECT MAX(id) FROM ledger_about)")
    late = Entry(pk=first.pk, kind=first.kind, by=first.by, at=first.at, digest=first.digest, mark=first.mark)
    late.save(force_insert=True)
    assert sequence() == 1
    assert Entry.objects.get(pk=first.pk).leaf == 1 > Entry.objects.get(pk=second.pk).leaf


def test_the_canonical_form_of_every_kind_of_value():
    shanghai = NOW.astimezone()
    assert canonical.value(shanghai) == canonical.value(NOW.astimezone(UTC)) == ["t", "2025-12-10T02:00:00.000000+00:00"]
    assert canonical.value(Decimal("1.50")) == canonical.value(Decimal("1.5")) == ["n", "1.5"]
    assert canonical.value(Decimal("-0.0")) == canonical.value(Decimal("0")) == ["n", "0"] and canonical.value(Decimal("1E+3")) == [
        "n",
        "1000",
    ]
    assert canonical.value(-0.0) == canonical.value(0.0) == ["f", "0.0"]
    assert canonical.value(memoryview(b"\x01")) == canonical.value(b"\x01") == ["b", "01"]
    assert canonical.value(date(2025, 1, 2)) != canonical.value("2025-01-02")
    assert canonical.value(UUID(int=1)) == ["u", "0" * 31 + "1"] and canonical.value(timedelta(seconds=1)) == ["i", 1_000_000]
    assert canonical.value(True) is True
    with pytest.raises(TypeError):
        canonical.value(object())


def test_the_short_code_is_of_eighty_bits_without_look_alikes():
    code = canonical.short_code(b"x")
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert canonical.short_code(b"y") != code


# ---- rows ----


def test_a_school_that_was_left_alone_audits_clean():
    small_school()
    counts = audit.Counts()
    assert audit.audit(counts=counts) == []
    assert counts.entries == Entry.objects.count() and counts.rows > 50
    assert set(Seal.objects.values_list("table", flat=True)) >= {"access_account", "people_responsibility", "people_studentnumber"}
    assert "people_student" not in sealing.covered() and "alerts_studentlevel" not in sealing.covered()


BEHIND = {
    "changed": ("UPDATE people_responsibility SET role='principal' WHERE id=%s", "row_changed"),
    "given away": ("UPDATE people_responsibility SET ends_on='2030-01-01' WHERE id=%s", "row_changed"),
    "deleted": ("DELETE FROM people_responsibility WHERE id=%s", "row_missing"),
}


@pytest.mark.parametrize("how", BEHIND)
def test_a_row_changed_or_deleted_by_sql_is_named(how):
    small_school()
    row = Responsibility.objects.filter(ends_on=None).latest("pk").pk
    statement, kind = BEHIND[how]
    sql(statement, row)
    assert found() == [(kind, "people_responsibility", str(row))]
    sentence = audit.audit()[0].sentence()
    assert f"第 {row} 行" in sentence and "责任关系" in sentence and "people_responsibility" in sentence
    assert str(row) in audit.audit()[0].sentence("en")


def test_a_row_inserted_by_sql_is_named():
    world = small_school()
    staff, unit = world.staff["孙外人"].pk, world.units["YL"].pk
    sql(
        "INSERT INTO people_responsibility (staff_id, unit_id, role, starts_on, is_current) VALUES (%s, %s, 'school_leader', '2025-01-01', %s)",
        staff, unit, True,
    )  # fmt: skip
    row = Responsibility.objects.latest("pk").pk
    assert found() == [("row_inserted", "people_responsibility", str(row))]


def test_a_password_swapped_by_sql_is_found_and_a_changed_one_is_not():
    world = small_school()
    account = world.accounts["林老师"]
    account.last_login = NOW
    account.save(update_fields=["last_login"])
    assert found() == []
    account.set_password("another-good-password")
    account.save()
    access.note_password_changed(account=account, by=account.pk, now=NOW)
    assert found() == []
    sql("UPDATE access_account SET password=%s WHERE id=%s", world.accounts["钱管理员"].password, account.pk)
    assert found() == [("row_changed", "access_account", str(account.pk))]


def test_changing_the_row_and_its_seal_is_found_too():
    small_school()
    assert found() == []
    one = Responsibility.objects.latest("pk")
    sql("UPDATE people_responsibility SET role='principal' WHERE id=%s", one.pk)
    seal = sealing.latest("people_responsibility", [str(one.pk)])[str(one.pk)]
    forged = sealing.digests(Responsibility, [one.pk], seal.shape.columns.split(","))[one.pk]
    sql("UPDATE ledger_seal SET digest=%s WHERE id=%s", forged, seal.pk)
    assert found() == [("entry_altered", "ledger_entry", str(seal.entry_id))]


def test_a_whole_forged_action_lacks_the_mark():
    small_school()
    one = Responsibility.objects.latest("pk")
    sql("UPDATE people_responsibility SET role='principal' WHERE id=%s", one.pk)
    true = Entry.objects.latest("pk")
    sql(
        "INSERT INTO ledger_entry (kind, at, digest, mark) SELECT kind, at, digest, %s FROM ledger_entry WHERE id=%s",
        "0" * 32 + str(true.mark)[32:], true.pk,
    )  # fmt: skip
    forged = Entry.objects.latest("pk")
    with told():
        pass_on = Seal(entry=forged, table="people_responsibility", row=str(one.pk), shape_id=sealing.shape_of(Responsibility))
        pass_on.digest = sealing.digests(Responsibility, [one.pk], sealing.columns_of(Responsibility))[one.pk]
        pass_on.save()
        actions.record("a", by=None, about=[], now=NOW)
    assert found() == [("entry_foreign", "ledger_entry", str(forged.pk))]


def test_update_delete_and_cascade_are_sealed():
    small_school()
    with told():
        rule = RuleVersion.objects.create(
            code="x", version=1, title="x", condition="absences_term >= 1", level=1, weight=1, domain="attendance", categories=1,
            fingerprint="0" * 64, text_fingerprint="0" * 64, published_at=NOW,
        )  # fmt: skip
        RuleReason.objects.bulk_create([RuleReason(rule=rule, position=n, zh="x", en="x") for n in range(3)])
        actions.record("alerts.rule_published", by=None, about=[], now=NOW)
    with told():
        assert RuleVersion.objects.filter(level=1).update(level=2) == 1
        assert RuleVersion.objects.filter(level=1).update(level=2) == 0
        actions.record("alerts.rule_published", by=None, about=[], now=NOW)
    assert found() == []
    with told():
        rule.delete()
        actions.record("alerts.rule_retired", by=None, about=[], now=NOW)
    assert not RuleReason.objects.exists() and found() == []
    gone = Seal.objects.filter(digest="")
    assert sorted(gone.values_list("table", flat=True)) == ["alerts_rulereason"] * 3 + ["alerts_ruleversion"]


def test_an_inner_action_that_failed_binds_nothing():
    with told():
        entry = actions.record("outer", by=None, about=[], now=NOW)
        with pytest.raises(ZeroDivisionError), told():
            actions.record("inner", by=None, about=[], now=NOW)
            raise ZeroDivisionError
    assert Entry.objects.latest("pk") == entry and found() == []


def test_adopt_seals_what_was_there_and_never_what_an_audit_would_name():
    small_school()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_seal WHERE \"table\" = 'access_account'")
    assert {table for kind, table, _ in found() if kind == "row_inserted"} == {"access_account"}
    assert actions.adopt(by=None, now=NOW) == Account.objects.count()
    assert actions.adopt(by=None, now=NOW) == 0
    assert found("row_inserted") == []
    sql("UPDATE access_account SET email='x@example.edu.cn' WHERE id=(SELECT MIN(id) FROM access_account)")
    assert actions.adopt(by=None, now=NOW) == 0 and len(found("row_changed")) == 1


def test_a_new_column_waits_for_adoption_and_a_changed_row_is_not_adopted():
    small_school()
    assert found() == []
    shape = Seal.objects.filter(table="people_studentnumber").latest("pk").shape
    assert shape.columns == "number,sid"
    shape.columns = "sid"  # as if `number` had come with an upgrade
    shape.save()
    numbers = [int(row) for row in Seal.objects.filter(shape=shape).values_list("row", flat=True)]
    from shouwang.trust.people.models import StudentNumber

    for seal in Seal.objects.filter(shape=shape):
        seal.digest = sealing.digests(StudentNumber, [int(seal.row)], ["sid"])[int(seal.row)]
        seal.save()
    sql("UPDATE people_studentnumber SET sid=99999 WHERE sid=%s", max(numbers))
    assert queries.state().to_adopt == ["people_studentnumber"]
    assert actions.adopt(by=None, now=NOW) == len(numbers) - 1
    assert {row for kind, _, row in found() if kind.startswith("row")} == {"99999", str(max(numbers))}


# ---- heads and proofs ----


def test_heads_are_signed_chained_and_kept(data_folder):
    entries(3)
    one = actions.sign_head(NOW)
    entries(4)
    two = actions.sign_head(NOW + timedelta(hours=1))
    assert queries.latest_head() == two and (one.size, two.size) == (3, 7)
    assert two.previous == heads.digest(one) and heads.is_genuine(one) and heads.is_genuine(two)
    key = data_folder / "keys" / "ledger"
    assert key.stat().st_mode & 0o777 == 0o600 and one.key == keys.public()
    assert found() == []


HEADS = {
    "size": ("UPDATE ledger_head SET size=2 WHERE id=%s", "head_altered"),
    "moment": ("UPDATE ledger_head SET at='2025-01-01 00:00:00+00:00' WHERE id=%s", "head_altered"),
    "signature": ("UPDATE ledger_head SET signature=substr(signature, 1, 127) || 'x' WHERE id=%s", "head_altered"),
    "removed": ("DELETE FROM ledger_head WHERE id=%s", "head_gap"),
}


@pytest.mark.parametrize("what", HEADS)
def test_a_head_that_was_touched_is_found(what):
    entries(3)
    one = actions.sign_head(NOW)
    entries(1)
    actions.sign_head(NOW)
    statement, kind = HEADS[what]
    sql(statement, one.pk)
    assert kind in {kind for kind, *_ in found()}


def test_a_history_rewritten_with_its_whole_tree_differs_from_the_signed_head():
    first, *_ = entries(5)
    actions.sign_head(NOW)
    sql("UPDATE ledger_entry SET kind='alerts.dismissed', mark=%s WHERE id=%s", keys.mark(b"stolen"), first.pk)
    sql("UPDATE ledger_entry SET leaf=NULL")
    sql("DELETE FROM ledger_node")
    sql("UPDATE ledger_tree SET size=0")
    assert "head_differs" in {kind for kind, *_ in found()}


def test_another_key_is_not_the_schools(data_folder, settings):
    entries(1)
    actions.sign_head(NOW)
    old = keys.public()
    settings.LEDGER_KEY_FILE = str(data_folder / "other")
    kinds = {kind for kind, *_ in found()}
    assert kinds == {"head_foreign", "entry_foreign"}
    (data_folder / "other.old").write_text(old)
    assert {kind for kind, *_ in found()} == {"entry_foreign"}


def test_an_inclusion_proof_holds_with_nothing_but_python(tmp_path):
    many = entries(11, about=("student:1", "alert:2"))
    head = actions.sign_head(NOW)
    for entry in (many[0], many[6], many[10]):
        proof = queries.inclusion(entry, reveal=True)
        status, said = verify(proof, tmp_path, "--key", keys.public(), "--code", queries.code_of(head))
        assert status == 0 and "证明成立 PROVED" in said and "student:1" in said and "确认收到预警" in said, said
    closed = queries.inclusion(many[6], reveal=False)
    assert "student:1" not in json.dumps(closed) and verify(closed, tmp_path)[0] == 0
    assert "compare it with the published one" in verify(closed, tmp_path)[1]
    assert verify(proof, tmp_path, "--key", "0" * 64)[0] == 1 and verify(proof, tmp_path, "--code", "0000-0000-0000-0000")[0] == 1


def changed(proof, *path, to):
    copy = json.loads(json.dumps(proof))
    at = copy
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = to
    return copy


def test_every_forged_proof_is_refused(tmp_path):
    entries(11)
    actions.sign_head(NOW)
    proof = queries.inclusion(Entry.objects.get(leaf=6), reveal=True)
    for forged in (
        changed(proof, "entry", "by", to=8),
        changed(proof, "entry", "at", to="2020-01-01T00:00:00.000000+00:00"),
        changed(proof, "about", to=["student:2"]),
        changed(proof, "seals", to=["1\tx\t1\t" + "0" * 64]),
        changed(proof, "leaf", to=5),
        changed(proof, "path", 0, to="0" * 64),
        changed(proof, "head", "size", to=12),
        changed(proof, "head", "root", to="0" * 64),
        changed(proof, "head", "signature", to="0" * 128),
        changed(proof, "head", "key", to="0" * 64),
    ):
        status, said = verify(forged, tmp_path)
        assert status == 1 and "NOT PROVED" in said
    for nonsense in ({}, {"proof": "x"}, {"proof": "shouwang-ledger-inclusion-v1"}, [], changed(proof, "path", to=[7])):
        assert verify(nonsense, tmp_path)[0] == 2


def test_a_consistency_proof_shows_that_nothing_was_rewritten(tmp_path):
    entries(5)
    one = actions.sign_head(NOW)
    entries(6)
    two = actions.sign_head(NOW)
    proof = queries.consistency(one, two)
    status, said = verify(proof, tmp_path, "--code", queries.code_of(one))
    assert status == 0 and "5 earlier entries stand unchanged" in said
    assert verify(changed(proof, "path", 0, to="0" * 64), tmp_path)[0] == 1
    assert verify(queries.consistency(one, one), tmp_path)[0] == 0
    with pytest.raises(proofs.NoProof):
        queries.consistency(two, one)


def test_an_entry_newer_than_every_head_has_no_proof_yet():
    entries(1)
    with pytest.raises(proofs.NoProof):
        queries.inclusion(Entry.objects.get(), reveal=True)
    actions.sign_head(NOW)
    entries(1)
    with pytest.raises(proofs.NoProof):
        queries.inclusion(Entry.objects.latest("pk"), reveal=True)


def test_an_audit_as_a_job_is_told_once():
    entries(2)
    begun = actions.begin_audit(by=7, now=NOW)
    assert actions.begin_audit(by=8, now=NOW) == begun
    counts = audit.Counts()
    ended = actions.end_audit(audit=begun.pk, found=audit.audit(counts=counts), counts=counts, now=NOW)
    assert (ended.entries, ended.found, queries.findings(ended)) == (2, 0, [])
    assert Entry.objects.latest("pk").kind == "ledger.audited" and Audit.objects.count() == 1


# ---- timestamps: a real authority, made with Debian's openssl ----


@pytest.fixture
def authority(tmp_path, settings):
    if not shutil.which("openssl"):
        pytest.skip("没有 openssl，跳过时间戳测试（apt-get install openssl）")
    folder = tmp_path / "tsa"
    folder.mkdir()
    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_cert=cert.pem\nsigner_key=key.pem\nsigner_digest=sha256\n"
        "default_policy=1.2.3.4.1\ndigests=sha256, sha384, sha512\naccuracy=secs:1\nordering=yes\ntsa_name=no\ness_cert_id_chain=no\n"
        "[req]\ndistinguished_name=dn\n[dn]\n[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
        "subjectKeyIdentifier=hash\n[leaf]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
        "authorityKeyIdentifier=keyid\n"
    )
    (folder / "serial").write_text("01\n")

    def openssl(*arguments, **more):
        return subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, **more).stdout

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "30", "-subj", "/CN=Root",
            "-config", "tsa.cnf", "-extensions", "root")  # fmt: skip
    openssl(
        "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "tsa.csr", "-subj", "/CN=TSA", "-config", "tsa.cnf"
    )
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30", "-out", "cert.pem",
            "-extfile", "tsa.cnf", "-extensions", "leaf")  # fmt: skip

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            question = self.rfile.read(int(self.headers["Content-Length"]))
            (folder / "q.tsq").write_bytes(question)
            body = openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    settings.TIMESTAMP_CA = str(folder / "root.pem")
    yield folder
    server.shutdown()


def test_a_head_is_stamped_by_an_authority(authority, settings, tmp_path):
    entries(3)
    head = actions.sign_head(NOW)
    head.refresh_from_db()
    assert head.token and found() == []
    stamped = heads.check_stamp(head, base64.b64decode(head.token))
    assert abs(stamped - datetime.now(UTC)) < timedelta(minutes=1)
    (tmp_path / "text").write_bytes(heads.text(head))
    (tmp_path / "token.tsr").write_bytes(base64.b64decode(head.token))
    checked = subprocess.run(
        ["openssl", "ts", "-verify", "-data", tmp_path / "text", "-in", tmp_path / "token.tsr", "-CAfile", authority / "root.pem"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "Verification: OK" in checked.stdout, checked.stderr
    other = Head(size=1, root="0" * 64, at=NOW, previous="")
    with pytest.raises(heads.NoStamp):
        heads.check_stamp(other, base64.b64decode(head.token))


def test_a_silent_authority_does_not_keep_a_head_from_being_signed(settings, caplog):
    entries(1)
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"
    head = actions.sign_head(NOW)
    assert head.token == "" and "时间戳服务没有回答" in caplog.text
    settings.TIMESTAMP_URL = "file:///etc/passwd"
    with pytest.raises(heads.NoStamp):
        heads.stamp(head)


def test_the_key_is_made_once_by_two_who_ask_at_a_time(data_folder):
    threads = [threading.Thread(target=keys.public) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.listdir(data_folder / "keys") == ["ledger"]


def test_a_key_of_another_kind_is_refused_with_the_remedy(data_folder, settings):
    wrong = data_folder / "wrong.pem"
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    wrong.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings.LEDGER_KEY_FILE = str(wrong)
    with pytest.raises(ValueError, match="openssl genpkey"):
        keys.public()
