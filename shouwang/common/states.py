"""A life as a table: from which state, by whom, to which state. Every room writes its own; actions ask it, documents are drawn from it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

Pair = tuple[str, str]
NEW = "new"  # what does not exist yet


@dataclass(frozen=True, slots=True)
class Table:
    """`moves`: (state, move) → next state; `who`: move → the actors who may; `titles`: move → words; `actors`: who they are."""

    name: str
    title: Pair
    states: Mapping[str, Pair]
    moves: Mapping[tuple[str, str], str]
    who: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, Pair]
    actors: Mapping[str, Pair]

    def why_not(self, move: str, *, state: str, actors: Collection[str], lang: str = "zh") -> str | None:
        """None when one of these actors may make the move from the state, else a sentence with the remedy."""
        return self.why_not_now(move, state=state, lang=lang) or self.why_not_by(move, actors=actors, lang=lang)

    def why_not_now(self, move: str, *, state: str, lang: str = "zh") -> str | None:
        """None when somebody may make the move from this state."""
        zh, en = self.titles[move]
        if (state, move) in self.moves:
            return None
        now_zh, now_en = self.states.get(state, (state, state))
        if lang != "zh":
            return f"It is “{now_en.lower()}” now, so one cannot {en}; reload the page."
        return f"{self.title[0]}现在是“{now_zh}”，不能{zh}，请刷新页面查看。"

    def why_not_by(self, move: str, *, actors: Collection[str], lang: str = "zh") -> str | None:
        """None when one of these actors may make the move from some state."""
        if set(self.who[move]) & set(actors):
            return None
        may = [self.actors[one] for one in self.who[move]]
        if lang != "zh":
            return f"Only {' or '.join(en.lower() for _, en in may)} may {self.titles[move][1]}."
        return f"{self.titles[move][0]}由{'或'.join(zh for zh, _ in may)}来做，请联系他们。"

    def after(self, state: str, move: str) -> str:
        """The next state; KeyError for a move the table does not have."""
        return self.moves[state, move]

    def before(self, move: str) -> tuple[str, ...]:
        """The states from which a move is possible: the condition of a conditional update."""
        return tuple(state for state, each in self.moves if each == move)

    @property
    def problems(self) -> list[str]:
        """What is not whole: a move without words or actors, an unknown state, one that nothing leads to."""
        found = [f"{self.name}: {move} 没有写全" for move in {move for _, move in self.moves} ^ set(self.who)]
        found += [f"{self.name}: {move} 没有名称" for move in set(self.who) ^ set(self.titles)]
        found += [f"{self.name}: {move} 由谁？" for move, who in self.who.items() if not who or set(who) - set(self.actors)]
        reached = {NEW}
        for _ in self.moves:
            reached |= {to for (state, _), to in self.moves.items() if state in reached}
        found += [f"{self.name}: 状态 {state}" for state in (set(self.states) | {NEW}) ^ reached]
        return found + [f"{self.name}: 状态 {state}" for state, _ in self.moves if state not in {NEW, *self.states}]
