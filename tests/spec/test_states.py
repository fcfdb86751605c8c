"""Every life of every room as its table: whole, answering alike from each state, for each move, to each actor; and drawn as it stands."""

import importlib
import itertools
from pathlib import Path

import pytest

from shouwang.common.states import NEW, Table
from shouwang.front.pipeline import reference

TABLES = [table for tables in reference.STATES.values() for table in tables]
WORK = Path(__file__).parents[2] / "shouwang" / "work"
by_name = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@by_name
def test_every_from_every_move_every_actor(table: Table) -> None:
    for state, move, actor in itertools.product([NEW, *table.states], table.titles, table.actors):
        allowed = (state, move) in table.moves and actor in table.who[move]
        for lang in ("zh", "en"):
            said = table.why_not(move, state=state, actors={actor}, lang=lang)
            assert (said is None) is allowed, (state, move, actor)
            assert said is None or len(said) > 5
        assert (state in table.before(move)) is ((state, move) in table.moves)


@by_name
def test_it_is_whole(table: Table) -> None:
    assert table.problems == []


@by_name
def test_it_is_drawn_as_it_stands(table: Table) -> None:
    page = next(text for path, text in reference.pages().items() if path.name == "states.md")
    part = page.split(f"· {table.name}\n", 1)[1].split("###", 1)[0]
    assert part.count("-->") == len(table.moves)
    for (state, move), after in table.moves.items():
        assert f"    {'[*]' if state == NEW else state} --> {after}: {table.titles[move][0]}\n" in part
    assert part.count("\n| ") == len(table.moves) + 1


def test_no_table_is_left_out() -> None:
    """A room that writes a table down hands it to the page; one name means one thing."""
    drawn = {id(table) for table in TABLES}
    for path in WORK.glob("*/policies.py"):
        module = importlib.import_module(f"shouwang.work.{path.parent.name}.policies")
        made = [one for one in vars(module).values() if isinstance(one, Table)]
        assert all(id(table) in drawn for table in made), path.parent.name
    assert len({table.name for table in TABLES}) == len(TABLES)


def test_the_states_of_the_tables_are_those_of_the_database() -> None:
    """A state in the database that the table does not know would be one that nobody can leave."""
    from django.apps import apps

    known = {table.name: set(table.states) for table in TABLES}
    models = {
        "alert": "alerts.Alert", "case": "cases.Case", "step": "cases.CaseStep", "referral": "cases.Referral", "approval": "cases.Approval",
        "incident": "incidents.Incident", "incident_level": "incidents.Level", "emergency": "incidents.Emergency",
        "emergency_task": "incidents.EmergencyTask", "deadline": "deadlines.Deadline", "shift": "duty.Shift", "swap": "duty.Swap",
        "delivery": "notifications.Delivery", "letter": "letters.Letter", "letter_batch": "letters.Batch", "letter_template": "letters.Template",
        "meeting": "meetings.Meeting", "meeting_item": "meetings.Item", "decision": "meetings.Decision", "training": "trainings.Training",
    }  # fmt: skip
    assert set(known) - set(models) == {"playbook_version", "receipt"}, "their state is read from moments"
    for name, label in models.items():
        choices = apps.get_model(label)._meta.get_field("state").choices
        assert {value for value, _ in choices or []} == known[name], name
