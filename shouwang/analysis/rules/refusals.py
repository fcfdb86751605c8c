"""Why a text is no rule, said so that its author can mend it: the place first, then the remedy."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from sqlglot.tokenizer_core import Token, TokenType

Names = Collection[str] | Mapping[str, str]

EXAMPLE = "例如 absent_days_running >= 3"
NO_ARITHMETIC = "规则里不能做加减乘除；需要新的数，请先定义成指标"
ONE_CONDITION = "一条规则只写一个条件；多个条件请用 AND、OR 连接，或分成几条规则"
ONLY = "规则里不能这样写；只需要指标名、数字、比较号（= <> < <= > >=）、BETWEEN、IN、IS NULL、括号和 AND、OR、NOT"
NO_QUERY = "规则里不能写查询，只写一个条件"
NO_PARAMETER = "规则里没有参数，请直接写数字"
YES_OR_NO = "指标都是数；是否类的指标请写 = 1 或 = 0"
MISSING = "判断没有数据请写 IS NULL，有数据请写 IS NOT NULL"
UNFINISHED = f"比较要写完整，{EXAMPLE}，几个比较之间用 AND 或 OR"

REMEDIES = {
    TokenType.SEMICOLON: ONE_CONDITION,
    TokenType.STRING: "指标都是数，请直接写数字，不加引号",
    TokenType.IDENTIFIER: "指标名不加引号，直接写",
    TokenType.PLUS: NO_ARITHMETIC,
    TokenType.STAR: NO_ARITHMETIC,
    TokenType.SLASH: NO_ARITHMETIC,
    TokenType.DIV: NO_ARITHMETIC,
    TokenType.MOD: NO_ARITHMETIC,
    TokenType.CASE: "规则里不能写 CASE；请用 AND、OR 分别写出各种情形",
    TokenType.DOT: "指标名不带表名，直接写指标名；小数请写成 0.5",
    TokenType.TRUE: YES_OR_NO,
    TokenType.FALSE: YES_OR_NO,
    TokenType.SELECT: NO_QUERY,
    TokenType.FROM: NO_QUERY,
    TokenType.PARAMETER: NO_PARAMETER,
    TokenType.PLACEHOLDER: NO_PARAMETER,
}
SPOKEN = {
    "且": "并且请写 AND",
    "并且": "并且请写 AND",
    "或": "或者请写 OR",
    "或者": "或者请写 OR",
    "非": "相反的条件请写 NOT (…)",
    "；": ONE_CONDITION,
    "，": "几个比较之间请用 AND 或 OR 连接，不用逗号",
    "。": "条件末尾不用句号",
}


class Refused(ValueError):
    """The text is no rule. `start` and `end` (characters, from 0) mark the place, so that the page can underline it."""

    def __init__(self, reason: str, start: int | None = None, end: int | None = None) -> None:
        self.reason, self.start, self.end = reason, start, end
        super().__init__(reason)


def at(start: int, end: int, what: str, remedy: str) -> Refused:
    """A refusal of the characters from `start` up to `end`."""
    where = f"第 {start + 1} 个字符" if end - start <= 1 else f"第 {start + 1}–{end} 个字符"
    return Refused(f"{where}“{what[:40]}”：{remedy}", start, end)


def at_token(token: Token, remedy: str | None = None) -> Refused:
    return at(token.start, token.end + 1, token.text, remedy or REMEDIES.get(token.token_type, ONLY))


class Vocabulary:
    """The indicators there are, by name and by Chinese title, and what was probably meant by another word."""

    def __init__(self, names: Names) -> None:
        self.titles: dict[str, str] = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, "")
        self.by_title = {form: name for name, title in self.titles.items() for form in (title, title.split("（")[0]) if form}

    def find(self, word: str) -> str | None:
        return word if word in self.titles else self.by_title.get(word)

    def remedy(self, word: str) -> str:
        if word in SPOKEN:
            return SPOKEN[word]
        near = get_close_matches(word.lower(), [*self.titles, *self.by_title], n=1, cutoff=0.6)
        if not near:
            return "没有这个指标；可用的指标见本页的指标一览"
        meant = self.by_title.get(near[0], near[0])
        title = f"（{self.titles[meant]}）" if self.titles[meant] else ""
        return f"没有这个指标；是不是“{meant}”{title}？"
