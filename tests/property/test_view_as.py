"""View as is the intersection: for any two sets of duties, what is seen is never more than either of the two may see."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shouwang.common.categories import EVERYTHING
from shouwang.common.reader import Reader, Scope, intersect
from shouwang.trust.access import policies, queries
from shouwang.trust.access.policies import MAY, ROLES
from tests.worlds import UNITS, small_school

pytestmark = pytest.mark.django_db
MASKS = st.integers(0, EVERYTHING)
PLACES = st.sampled_from([(code, "dormitory" if code.startswith("D") else "organisation") for code, *_ in UNITS])


@st.composite
def scopes(draw):
    """(place or sids, mask of seeing, mask of knowing)."""
    where = draw(st.one_of(PLACES, st.lists(st.integers(1, 24), min_size=1, max_size=4, unique=True)))
    return where, draw(MASKS) | 1, draw(MASKS)


READERS = st.tuples(st.lists(scopes(), max_size=3), st.frozensets(st.sampled_from(sorted(ROLES)), max_size=3))


@pytest.fixture
def world():
    return small_school()


def made(world, found, account):
    listed, roles = found
    own = []
    for where, mask, know in listed:
        if isinstance(where, list):
            own.append(Scope("adviser", "student", "", mask, "x", sids=tuple(where), know=know))
        else:
            own.append(Scope("adviser", where[1], world.units[where[0]].path, mask, "x", know=know))
    return Reader(account, "x", roles, tuple(own))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=READERS, other=READERS, third=READERS)
def test_never_more_than_either(world, one, other, third):
    a, b, c = made(world, one, 1), made(world, other, 2), made(world, third, 3)
    through = intersect(a, b)
    sees = {student.sid for student in queries.students(through)}
    assert sees <= {student.sid for student in queries.students(a)} & {student.sid for student in queries.students(b)}
    for sid in (1, 2, 8, 14, 20):
        mine, theirs, both = (queries.categories(reader, sid) for reader in (a, b, through))
        assert both & ~(mine & theirs) == 0
        know = [queries.categories(reader, sid, "know") | queries.categories(reader, sid) for reader in (a, b)]
        assert queries.categories(through, sid, "know") & ~(know[0] & know[1]) == 0
        assert queries.categories(through, sid, "write") == queries.categories(through, sid, "export") == 0
        assert (sid in sees) == bool(both)
        twice = intersect(c, through)
        assert queries.categories(twice, sid) & ~(both & queries.categories(c, sid)) == 0
    units = set(queries.units(through).values_list("code", flat=True))
    assert units <= set(queries.units(a).values_list("code", flat=True)) & set(queries.units(b).values_list("code", flat=True))
    for ability in MAY:
        if queries.may(through, ability):
            assert queries.may(a, ability) and queries.may(b, ability)
    assert policies.departments(through) <= policies.departments(a) & policies.departments(b)
    assert through.is_read_only and through.actor == 1 and through.account_id not in (1, 2)
