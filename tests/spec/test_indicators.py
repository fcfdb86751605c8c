"""Every indicator has specs: a value, and what it is when nothing is known."""

from importlib import import_module
from pathlib import Path

import pytest

from shouwang.analysis.indicators import load
from tests.facts_world import FactsWorld
from tests.spec.indicators.spec import Spec

FOLDER = Path(__file__).parent / "indicators"
AREAS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in {"__init__", "spec"})
SPECS: list[tuple[str, Spec]] = [(area, spec) for area in AREAS for spec in import_module(f"tests.spec.indicators.{area}").SPECS]
NEVER_NULL = {"enrolment_suspended"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> FactsWorld:
    """Terms and calendar, delivered once for all specs."""
    return FactsWorld(tmp_path_factory.mktemp("specs"))


@pytest.mark.parametrize(("area", "spec"), SPECS, ids=[f"{area}: {spec.about[:60]}" for area, spec in SPECS])
def test_spec(base: FactsWorld, area: str, spec: Spec) -> None:
    world = deliver(base, spec)
    found = world.values(spec.as_of, areas={load().indicator(name).area for name in spec.expect})
    expected = {
        name: {sid: value if value is None else float(value) for sid, value in values.items()} for name, values in spec.expect.items()
    }
    assert {name: {sid: found[sid][name] for sid in values} for name, values in spec.expect.items()} == expected


def deliver(base: FactsWorld, spec: Spec) -> FactsWorld:
    """The spec's batches on top of the base; students in one class unless the spec says more."""
    world = base.fork()
    given = {row["sid"] for table, rows in spec.facts if table == "student" for row in rows}
    if others := [sid for sid in spec.sids if sid not in given]:
        world.students(*others)
    for table, rows in spec.facts:
        world.add(table, rows)
    return world


def test_every_indicator_has_a_spec_with_a_value_and_with_none() -> None:
    values = {name: set() for name in load().names}
    for _, spec in SPECS:
        for name, expected in spec.expect.items():
            values[name].update("null" if value is None else "value" for value in expected.values())
    missing = {name: {"value", "null"} - found - ({"null"} if name in NEVER_NULL else set()) for name, found in values.items()}
    assert not {name: lacking for name, lacking in missing.items() if lacking}


def test_at_least_45_measures_over_ten_areas() -> None:
    indicators = [load().indicator(name) for name in load().names]
    assert len({indicator.measure for indicator in indicators}) >= 45
    assert len(load().areas) >= 10
