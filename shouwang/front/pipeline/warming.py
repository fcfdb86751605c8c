"""What the first visitor of a process would otherwise wait for."""

import logging

from django.db import DatabaseError
from django.urls import get_resolver

from shouwang.analysis import indicators, rules
from shouwang.front.clock import today
from shouwang.work.alerts.queries.computing import engine
from shouwang.work.imports import queries as imports

logger = logging.getLogger(__name__)


def warm() -> None:
    """Reads the catalogue and opens the engine once over what is known. A database that is not ready yet is said, and stops nothing."""
    get_resolver().check()
    indicators.load()
    rules.load_presets()
    try:
        with engine().open(imports.live_snapshot(), today(), [0]) as session:
            session.rows("SELECT COUNT(*) AS n FROM student")
    except DatabaseError as error:
        logger.warning("数据库还没有准备好（%s）：请运行 shouwang migrate，然后 shouwang doctor", type(error).__name__)
