"""The rule language: text in, frozen tree out, or a refusal that names the place and the remedy.

Two walls stand one behind the other. First every token must be one of the few that a condition needs; then every node of sqlglot's
tree must be, by its exact type, one that we translate. What is stored is never the author's text but the text written from our tree.
"""

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from shouwang.analysis.rules.refusals import EXAMPLE, SPOKEN, UNFINISHED, Names, Refused, Vocabulary, at, at_token
from shouwang.analysis.rules.translation import NUMBER, translate
from shouwang.analysis.rules.tree import All, Any, Compare, Missing, Node, Not, depth, indicators_of

MOST_CHARACTERS = 2_000
MOST_TOKENS = 200
DEEPEST = 8
# What people type with a Chinese keyboard, and what it stands for.
KEYBOARD = str.maketrans("＞＜＝（），．－０１２３４５６７８９　", "><=(),.-0123456789 ")
SIGNS = {"≥": ">=", "≤": "<=", "≠": "<>"}
WORDS = {
    *(TokenType.VAR, TokenType.NUMBER, TokenType.NULL, TokenType.DASH, TokenType.COMMA, TokenType.L_PAREN, TokenType.R_PAREN),
    *(TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.BETWEEN, TokenType.IN, TokenType.IS),
    *(TokenType.EQ, TokenType.NEQ, TokenType.GT, TokenType.GTE, TokenType.LT, TokenType.LTE),
}


def parse(text: str, names: Names | None) -> Node:
    """The condition `text` as a tree, or Refused. `names` are the indicators; as a mapping name → Chinese title, titles may be written too.

    None takes every name as written: for stored text and the catalogue, whose names are checked elsewhere.
    """
    try:
        node = _as_written(text)
    except Refused:
        return _parsed(text, names)
    return node if names is None or all(name in names for name in indicators_of(node)) else _parsed(text, names)


@lru_cache(maxsize=2048)
def _as_written(text: str) -> Node:
    # Pages read the same hundred stored conditions again and again; sqlglot takes half a millisecond for each.
    return _parsed(text, None)


def _parsed(text: str, names: Names | None) -> Node:
    if len(text) > MOST_CHARACTERS:
        raise Refused(f"条件有 {len(text)} 个字符，最多 {MOST_CHARACTERS} 个；请分成几条规则")
    text = typed(text)
    known = None if names is None else Vocabulary(names)
    try:
        _check_tokens(text, known)
        node = translate(_tree(text), known)
        deep = depth(node)
    except RecursionError:
        raise Refused("括号套得太深，请分成几条规则") from None
    if deep > DEEPEST:
        raise Refused(f"条件套了 {deep} 层，最多 {DEEPEST} 层；请分成几条规则")
    if not indicators_of(node):
        raise Refused(f"条件里没有任何指标，请写成“指标 比较 数字”，{EXAMPLE}")
    return node


def typed(text: str) -> str:
    """The text as it is read: signs of a Chinese keyboard replaced. Places in a refusal count its characters."""
    text = text.translate(KEYBOARD)
    for sign, meant in SIGNS.items():
        text = text.replace(sign, meant)
    return text


def _check_tokens(text: str, names: Vocabulary | None) -> None:
    try:
        tokens = sqlglot.tokenize(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        raise Refused("有没写完的引号或认不出的符号；条件里只需要指标名、数字、比较号、括号和 AND、OR、NOT") from None
    if "--" in text or "/*" in text or any(token.comments for token in tokens):
        raise Refused("条件里不能写注释；说明请写在规则的“依据”一栏")
    if not tokens:
        raise Refused(f"条件是空的，请写成“指标 比较 数字”，{EXAMPLE}")
    if len(tokens) > MOST_TOKENS:
        raise Refused(f"条件有 {len(tokens)} 个词，最多 {MOST_TOKENS} 个；请分成几条规则")
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        _check_token(token, after, names)


def _check_token(token: Token, after: Token | None, names: Vocabulary | None) -> None:
    if token.token_type not in WORDS:
        raise at_token(token)
    if token.text == "!":
        raise at_token(token, SPOKEN["非"])
    if token.token_type is TokenType.NUMBER and not NUMBER.fullmatch(token.text):
        raise at_token(token, "请写成普通的数字，如 3 或 1.8（整数最多 12 位，小数最多 6 位）")
    if token.token_type is not TokenType.VAR:
        return
    if after is not None and after.token_type is TokenType.L_PAREN:
        raise at_token(token, f"规则里不能用函数 {token.text}()；需要新的算法，请先定义成指标")
    if names is not None and names.find(token.text) is None:
        raise at_token(token, names.remedy(token.text))


def _tree(text: str) -> exp.Expression:
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        raise _broken(text, error) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Expression):
        raise Refused("一条规则只写一个条件")
    return trees[0]


def _broken(text: str, error: sqlglot.errors.ParseError) -> Refused:
    """sqlglot says line and column of the end of the offending word; we say the character and what is usually wrong there."""
    if text.count("(") != text.count(")"):
        return Refused(f"括号不配对：左括号 {text.count('(')} 个，右括号 {text.count(')')} 个")
    found = error.errors[0] if error.errors else {}
    word, column = str(found.get("highlight") or ""), found.get("col")
    if found.get("line") == 1 and isinstance(column, int) and word:
        return at(column - len(word), column, word, f"这里读不下去；{UNFINISHED}")
    return Refused(f"条件读不懂；{UNFINISHED}")


def to_text(node: Node) -> str:
    """The one text of a condition; `parse(to_text(node))` gives the node back."""
    match node:
        case Compare(left, op, right):
            return f"{left} {op} {right if isinstance(right, str) else format(right, 'f')}"
        case Missing(indicator):
            return f"{indicator} IS NULL"
        case Not(Missing(indicator)):
            return f"{indicator} IS NOT NULL"
        case Not(part):
            return f"NOT ({to_text(part)})"
        case All(parts):
            return " AND ".join(f"({to_text(part)})" if isinstance(part, Any) else to_text(part) for part in parts)
        case Any(parts):
            return " OR ".join(to_text(part) for part in parts)
