"""Every from × move of a delivery is tried; the table is the only truth."""

import pytest

from shouwang.work.imports import policies

ALLOWED = {
    ("received", "recognise"), ("recognised", "recognise"), ("checked", "recognise"), ("previewed", "recognise"), ("failed", "recognise"),
    ("recognised", "check"), ("checked", "check"), ("previewed", "check"),
    ("checked", "preview"), ("previewed", "preview"),
    ("previewed", "begin"),
    ("accepting", "accept"), ("accepting", "give_back"),
    ("received", "refuse"), ("recognised", "refuse"), ("checked", "refuse"), ("previewed", "refuse"), ("failed", "refuse"),
    ("accepted", "retract"),
    ("received", "fail"), ("recognised", "fail"), ("checked", "fail"), ("previewed", "fail"),
}  # fmt: skip


@pytest.mark.parametrize("state", [code for code, _ in policies.STATES])
@pytest.mark.parametrize("move", list(policies.MOVES))
def test_every_state_and_move(state: str, move: str) -> None:
    reason = policies.why_not(state, move)
    if (state, move) in ALLOWED:
        assert reason is None
    else:
        assert reason is not None and reason.endswith("。") and policies.TITLES[state] in reason


def test_every_move_leads_to_a_known_state_and_end_states_stay_ends() -> None:
    known = set(policies.TITLES)
    assert all(starts <= known and end in known for starts, end in policies.MOVES.values())
    assert not any("refused" in starts or "retracted" in starts for starts, _ in policies.MOVES.values())


def test_acceptance_needs_good_rows_and_confirmed_gates() -> None:
    assert policies.why_not_accept("previewed", [], False, 5) is None
    assert "没有一行" in (policies.why_not_accept("previewed", [], False, 0) or "")
    assert "40 行" in (policies.why_not_accept("previewed", ["将有 40 行消失"], False, 5) or "")
    assert policies.why_not_accept("previewed", ["将有 40 行消失"], True, 5) is None
    assert "已接收" in (policies.why_not_accept("accepted", [], True, 5) or "")


def test_unknown_move_is_an_error() -> None:
    with pytest.raises(KeyError):
        policies.why_not("received", "fly")
