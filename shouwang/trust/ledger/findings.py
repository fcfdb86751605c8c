"""What an audit says."""

from dataclasses import dataclass

from shouwang.trust.ledger.policies import FINDINGS, TABLES


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was told. `kind` is one of policies.FINDINGS; `row` a primary key, a number of an entry, or a place in the tree."""

    kind: str
    table: str
    row: str

    def sentence(self, lang: str = "zh") -> str:
        at = 0 if lang == "zh" else 1
        table = TABLES.get(self.table, (self.table, self.table))[at] if self.table else ""
        return FINDINGS[self.kind][at].format(table=f"{table}（{self.table}）" if table != self.table else table, row=self.row)


@dataclass
class Counts:
    """How much an audit has looked at."""

    entries: int = 0
    nodes: int = 0
    heads: int = 0
    rows: int = 0
