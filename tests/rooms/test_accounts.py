"""Accounts as a school keeps them: opened in bulk, guardians by the register, contacts confirmed, one person one account."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shouwang.trust.access import accounts, actions, admission, contacts, invitations
from shouwang.trust.access.models import Account, GuardianContact, Invitation
from shouwang.trust.access.policies import ROLE_CATEGORIES, ROLES
from shouwang.trust.ledger.models import Entry
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Guardian, Student
from tests.worlds import NOW, account_of, client_for, reader_of, small_school

pytestmark = pytest.mark.django_db
MOTHER = {"student_no": "2024010101", "name": "赵妈妈", "relation": "mother", "phone": "13711112222", "legal": True}
STONE = {"student_no": "2024020101", "name": "石爸爸", "relation": "father", "phone": "13733334444", "legal": True}


def register(*rows):
    """A new delivery of the register of guardians, as the school sends it."""
    people.project("guardian", rows, batch_id=7, now=NOW)


def guardian(name: str, number: str = "2024010101") -> Guardian:
    return Guardian.objects.select_related("student").get(name=name, student__number=number)


# ---- who needs a second factor ----------------------------------------------------------------------------------------------
def test_whoever_may_know_health_or_psychology_needs_a_second_factor():
    from shouwang.common.categories import Category

    for role, bits in ROLE_CATEGORIES.items():
        if bits & (Category.health | Category.psychological):
            assert role in admission.CONFIDENTIAL_ROLES, role
    assert {"counsellor", "crisis_team", "student_affairs", "data_steward", "auditor", "administrator"} <= admission.CONFIDENTIAL_ROLES
    assert not admission.CONFIDENTIAL_ROLES & admission.FAMILY
    assert set(ROLES) >= admission.CONFIDENTIAL_ROLES | admission.STAFF_ROLES


def test_words_of_the_setting():
    assert admission.second_factor_roles(["none"]) == frozenset()
    assert "homeroom_teacher" in admission.second_factor_roles(["confidential", "homeroom_teacher"])
    assert admission.second_factor_roles(["everyone"]) == frozenset(ROLES)
    with pytest.raises(ValueError, match="不认识"):
        admission.second_factor_roles(["teachers"])


# ---- bulk -------------------------------------------------------------------------------------------------------------------
def test_all_students_are_opened_by_one_record_in_few_statements():
    small_school()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        made = accounts.open_in_bulk(kind="student", by=account_of("钱管理员").pk, now=NOW)
    assert made == 22 and Account.objects.filter(student__isnull=False).count() == 24
    assert len(asked) < 40, "set by set, not one by one"
    assert Entry.objects.filter(kind="access.accounts_opened").count() == 1
    assert accounts.open_in_bulk(kind="student", by=None, now=NOW) == 0, "twice is once"
    one = Account.objects.get(username="2024010103")
    assert not one.has_usable_password() and one.is_active
    with pytest.raises(actions.CannotOpen):
        accounts.open_in_bulk(kind="guardian", by=None, now=NOW)


def test_one_class_alone():
    world = small_school()
    made = accounts.open_in_bulk(kind="student", by=None, now=NOW, path=world.units["SK2401"].path)
    assert made == 6 and not Account.objects.filter(username="2025020101").exists()


def test_the_administrator_sees_no_name_of_a_student_or_guardian():
    small_school()
    by = reader_of("钱管理员")
    assert {one.name for one in accounts.staff_accounts(by)} >= {"林老师", "周咨询师"}
    shown = [(one.unit.name, one.students, one.opened) for one in accounts.classes(by)]
    assert ("2024级软件1班", 6, 2) in shown
    assert accounts.by_number(by, "2024010101").username == "2024010101"
    assert accounts.by_number(by, "20240101") is None, "a number is told whole or not at all"
    for name in ("林老师", "陈主任", "赵妈妈"):
        other = reader_of(name)
        assert not accounts.staff_accounts(other).exists() and accounts.classes(other) == [] and accounts.by_number(other, "T1001") is None
    page = (
        client_for("钱管理员").get("/accounts/").content.decode() + client_for("钱管理员").get("/accounts/?q=2024010101").content.decode()
    )
    assert "宋小雨" not in page and "赵妈妈" not in page


def test_two_administrators_do_the_two_halves():
    """Whoever could set both a new password and a new factor could sign in as the counsellor."""
    from allauth.mfa.totp.internal.auth import TOTP

    small_school()
    zhou, qian = account_of("周咨询师"), account_of("钱管理员")
    TOTP.activate(zhou, "JBSWY3DPEHPK3PXP")
    client = client_for("钱管理员")
    assert client.post(f"/accounts/{zhou.pk}/reset/", {"reason": "lost"}).status_code == 302
    assert Entry.objects.filter(kind="access.factors_reset_lost", by=qian.pk).count() == 1
    client.post(f"/accounts/{zhou.pk}/invite/")
    assert not Invitation.objects.filter(account=zhou).exists()
    assert "另一位管理员" in client.get(f"/accounts/{zhou.pk}/").content.decode()


def test_nobody_closes_or_resets_themselves():
    small_school()
    qian, client = account_of("钱管理员"), client_for("钱管理员")
    for move in ("close", "reset"):
        client.post(f"/accounts/{qian.pk}/{move}/", {"reason": "lost"})
    assert account_of("钱管理员").is_active and not Entry.objects.filter(kind__startswith="access.factors_reset").exists()


# ---- guardians --------------------------------------------------------------------------------------------------------------
def test_only_the_homeroom_teacher_or_adviser_invites_guardians():
    small_school()
    assert {one.name for one in contacts.guardians(reader_of("林老师"))} == {"赵妈妈"}
    assert {one.name for one in contacts.guardians(reader_of("孙外人"))} == {"石爸爸"}
    for name in ("李秘书", "陈主任", "钱管理员", "宋小雨", "赵妈妈", "刘班长"):
        assert not contacts.guardians(reader_of(name)).exists(), name


def test_a_second_guardian_waits_for_the_homeroom_teacher():
    small_school()
    register(MOTHER, STONE, {**MOTHER, "name": "宋爸爸", "relation": "father", "phone": "13755556666"})
    father = guardian("宋爸爸")
    with pytest.raises(actions.CannotOpen, match="第二位"):
        accounts.open_guardian(guardian=father, by=None, now=NOW)
    assert [one.name for one in contacts.waiting(reader_of("林老师"))] == ["宋爸爸"]
    assert contacts.waiting(reader_of("孙外人")) == []
    assert "宋爸爸" in client_for("林老师").get("/").content.decode(), "it stands in Today"
    assert client_for("孙外人").post(f"/invitations/guardians/{father.pk}/").status_code == 404
    assert client_for("林老师").post(f"/invitations/guardians/{father.pk}/").status_code == 302
    made = accounts.open_guardian(guardian=father, by=None, now=NOW)
    assert made.username == "P2024010101" and not made.has_usable_password()
    assert contacts.waiting(reader_of("林老师")) == []


def test_another_person_under_the_same_relation_sees_nothing_of_the_first():
    """The register names another mother: whoever held the account must not see the child, before or after."""
    small_school()
    assert [scope.sids for scope in reader_of("赵妈妈").scopes]
    register({**MOTHER, "name": "王妈妈", "phone": "13799990000"}, STONE)
    by = reader_of("赵妈妈")
    assert by.scopes == () and by.roles == frozenset()
    assert client_for("赵妈妈").get("/students/").status_code == 404
    changed = guardian("王妈妈")
    assert [one.pk for one in contacts.waiting(reader_of("林老师"))] == [changed.pk]
    assert "换了人" in contacts.standings(list(contacts.guardians(reader_of("林老师"))))[changed.pk].why
    with pytest.raises(invitations.CannotInvite, match="班主任"):
        invitations.invite(accounts=[account_of("赵妈妈")], by=None, now=NOW)


def test_a_changed_telephone_stops_invitations_and_nothing_else():
    small_school()
    register({**MOTHER, "phone": "13700001111"}, STONE)
    assert reader_of("赵妈妈").scopes, "the same person goes on seeing her child"
    with pytest.raises(invitations.CannotInvite):
        invitations.invite(accounts=[account_of("赵妈妈")], by=None, now=NOW)
    contacts.confirm(guardian=guardian("赵妈妈"), by=account_of("林老师").pk, now=NOW)
    assert invitations.invite(accounts=[account_of("赵妈妈")], by=None, now=NOW)


def test_one_person_is_one_account_for_all_her_children():
    world = small_school()
    register(MOTHER, STONE, {**MOTHER, "student_no": "2024010203"})
    second = guardian("赵妈妈", "2024010203")
    made = accounts.open_guardian(guardian=second, by=None, now=NOW)
    assert made == account_of("赵妈妈")
    sids = {sid for scope in reader_of("赵妈妈").scopes for sid in scope.sids}
    assert sids == {world.sid("小雨"), Student.objects.get(number="2024010203").sid}


def test_the_same_name_with_another_telephone_is_another_person():
    small_school()
    register(MOTHER, STONE, {**MOTHER, "student_no": "2024010203", "phone": "13788887777"})
    made = accounts.open_guardian(guardian=guardian("赵妈妈", "2024010203"), by=None, now=NOW)
    assert made != account_of("赵妈妈") and len({sid for scope in reader_of("赵妈妈").scopes for sid in scope.sids}) == 1


def test_confirmed_contacts_survive_a_new_secret_key(settings):
    small_school()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    assert reader_of("赵妈妈").scopes == ()
    settings.SECRET_KEY_FALLBACKS = [old]
    assert reader_of("赵妈妈").scopes
    assert "13711112222" not in str(list(GuardianContact.objects.values()))


def test_slips_are_shown_once_and_carry_the_words():
    small_school()
    client, xiaoyu = client_for("林老师"), Student.objects.get(number="2024010103")
    mother = guardian("赵妈妈")
    page = client.post("/invitations/slips/", {"chosen": [f"s{xiaoyu.sid}", f"g{mother.pk}", "s999999"]}).content.decode()
    assert page.count('class="slip"') == 2 and "/login/invitation/" in page and "data:image/svg+xml;base64," in page
    assert Invitation.objects.filter(used_at=None, withdrawn_at=None).count() == 2
    assert "/login/invitation/" not in client.get("/invitations/").content.decode()
    foreign = Student.objects.get(number="2024020101")
    client.post("/invitations/slips/", {"chosen": [f"s{foreign.sid}"]})
    assert not Account.objects.filter(student=foreign).exists()


def test_whatever_is_done_to_accounts_audits_clean(settings):
    """The ledger binds the rows of accounts: no way in may look like somebody's hand in the database."""
    from django.utils import timezone

    from shouwang.trust.ledger import actions as ledger
    from shouwang.trust.ledger.audit import audit

    small_school()
    register(MOTHER, STONE, {**MOTHER, "name": "宋爸爸", "relation": "father", "phone": "13755556666"})
    accounts.open_in_bulk(kind="student", by=None, now=NOW)
    contacts.confirm(guardian=guardian("宋爸爸"), by=None, now=NOW)
    father = accounts.open_guardian(guardian=guardian("宋爸爸"), by=None, now=NOW)
    word = invitations.invite(accounts=[father], by=None, now=timezone.now())[father.pk]
    invitations.use(token=word, password="松风水月明月松间-2026", now=timezone.now())
    actions.close_account(account=father, by=None, now=NOW)
    accounts.reopen(account=father, by=None, now=NOW)
    accounts.reset_factors(account=father, reason="lost", by=None, now=NOW)
    sign_in = client_for(None)
    sign_in.post("/login/", {"login": "T1001", "password": "青山常在-2025"})
    new = {"oldpassword": "青山常在-2025", "password1": "松风水月明月松间-2026", "password2": "松风水月明月松间-2026"}
    assert sign_in.post("/settings/password/", new).status_code == 302
    ledger.sign_head(NOW)
    assert audit() == []


def test_the_night_tidies_up():
    from shouwang.front.pipeline import tidying

    small_school()
    client = client_for(None)
    client.post("/login/", {"login": "T1001", "password": "青山常在-2025"})
    assert tidying.tidy().startswith("0 sessions")
    client.session.delete()
    assert tidying.tidy().startswith("1 sessions")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("SELECT 1 FROM sqlite_stat1 WHERE tbl = 'people_student'").fetchone(), "it learnt of its tables"
