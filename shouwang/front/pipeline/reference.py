"""The generated reference pages: what the catalogue and the settings say, so that the documents cannot rot."""

import json
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings as django_settings

from shouwang.analysis import indicators, rules, standard
from shouwang.common.levels import LEVELS
from shouwang.common.states import NEW, Table
from shouwang.front.pipeline import dialect_page
from shouwang.front.pipeline.channel_settings import CHANNEL_SETTINGS
from shouwang.front.pipeline.sign_in_settings import SIGN_IN_SETTINGS
from shouwang.work.alerts import policies as alerts
from shouwang.work.cases import policies as cases
from shouwang.work.deadlines import policies as deadlines
from shouwang.work.duty import policies as duty
from shouwang.work.incidents import policies as incidents
from shouwang.work.letters import policies as letters
from shouwang.work.meetings import policies as meetings
from shouwang.work.notifications import policies as notifications
from shouwang.work.playbooks import policies as playbooks
from shouwang.work.trainings import policies as trainings

STATES: dict[str, tuple[Table, ...]] = {
    "预警 alerts": alerts.TABLES,
    "个案 cases": cases.TABLES,
    "流程 playbooks": playbooks.TABLES,
    "情况上报与应急 incidents": incidents.TABLES,
    "期限 deadlines": deadlines.TABLES,
    "值班 duty": duty.TABLES,
    "通知 notifications": notifications.TABLES,
    "通知书 letters": letters.TABLES,
    "会议 meetings": meetings.TABLES,
    "培训 trainings": trainings.TABLES,
}
NOTE = "<!-- 由 `make docs` 生成，请勿手工修改。 -->\n"
SETTINGS = (
    ("SHOUWANG_DATA", "./data", "数据文件夹：数据库、原始文件、数据批次、评估结果都在其中", "the data folder; everything lives under it"),
    (
        "SHOUWANG_DATABASE_URL",
        "（空）",
        "postgresql://用户:密码@主机/库；空则用数据文件夹中的 SQLite",
        "moves people, alerts and jobs to PostgreSQL",
    ),
    (
        "SHOUWANG_SECRET_KEY",
        "（自动生成）",
        "会话签名密钥；空则在数据文件夹中生成只有本用户可读的文件",
        "signs sessions; made once beside the data",
    ),
    (
        "SHOUWANG_MASTER_KEY_FILE",
        "（数据文件夹）/keys/master",
        "主密钥文件：32 字节，base64 或十六进制，一行一把，第一行是当前的；没有时自动生成，只有本用户可读",
        "file of the master key, one a line, the first in force; made at first use",
    ),
    ("SHOUWANG_MASTER_KEY", "（空）", "直接给出主密钥，优先于文件", "the master key itself, before the file"),
    (
        "SHOUWANG_MASTER_KEY_COMMAND",
        "（空）",
        "输出主密钥的命令，用于接入密钥管理系统（KMS）",
        "a command that prints the master key (KMS)",
    ),
    ("SHOUWANG_BACKUP_TO", "（数据文件夹）/backups", "备份写到哪个文件夹，最好在另一块磁盘上", "where backups go, best on another disk"),
    (
        "SHOUWANG_BACKUP_KEYS_TO",
        "（备份文件夹）-keys",
        "密钥包写到哪个文件夹，与备份分开保管",
        "where bundles of keys go, kept apart from the backups",
    ),
    ("SHOUWANG_BACKUP_KEEP", "7,4,12", "保留多少天、周、月的备份", "how many days, weeks and months of backups are kept"),
    (
        "SHOUWANG_BACKUP_KEY_FILE",
        "（数据文件夹）/keys/backup",
        "备份密钥文件，没有时自动生成；请另外抄存一份",
        "file of the backup key, made at first use; keep a copy elsewhere",
    ),
    ("SHOUWANG_BACKUP_KEY", "（空）", "直接给出备份密钥，优先于文件", "the backup key itself, before the file"),
    (
        "SHOUWANG_BACKUP_PASSPHRASE",
        "（空）",
        "密钥包的口令；空则用备份密钥加密",
        "passphrase of the bundles of keys; empty uses the backup key",
    ),
    ("SHOUWANG_CIPHER", "aes-256-gcm", "新内容的加密算法：aes-256-gcm 或 sm4-gcm（国密）", "cipher of new text: aes-256-gcm or sm4-gcm"),
    ("SHOUWANG_HOSTS", "localhost,127.0.0.1,[::1]", "允许的主机名，逗号分隔", "host names that are answered"),
    ("SHOUWANG_ORIGINS", "（空）", "反向代理之后的完整网址，如 https://sw.example.edu.cn", "trusted origins behind a proxy"),
    ("SHOUWANG_HTTPS", "（空）", "设为 1 时，登录凭据只通过 HTTPS 发送", "1 behind HTTPS: secure cookies only"),
    ("SHOUWANG_DEMO", "（空）", "设为 1 为演示模式：固定的学校时间，登录页列出账号", "1 for the demo: fixed school time, accounts shown"),
    (
        "SHOUWANG_LEDGER_KEY_FILE",
        "数据文件夹/keys/ledger",
        "操作记录的签名私钥（Ed25519，PEM）；没有时自动生成",
        "the key that signs the ledger",
    ),
    (
        "SHOUWANG_TIMESTAMP_URL",
        "（空）",
        "RFC 3161 时间戳服务的网址；设置后树头会盖上第三方时间戳",
        "an authority that stamps signed heads",
    ),
    ("SHOUWANG_TIMESTAMP_CA", "（空）", "时间戳服务的根证书（PEM 文件）；设置后会验证时间戳", "its root certificate, to check the stamps"),
    ("SHOUWANG_TIME_ZONE", "Asia/Shanghai", "学校所在时区", "the school's time zone"),
    (
        "SHOUWANG_SERVICE_HOURS",
        "08:00-12:00,13:30-17:30",
        "学校的服务时间，期限按它计时；多段用逗号分隔",
        "service hours, in which time limits count",
    ),
    (
        "SHOUWANG_CASES_FROM",
        "3",
        "从哪一级预警起按规则的流程自动开启或并入个案：1 蓝色、2 黄色、3 橙色、4 红色；0 为不自动",
        "from which level an alert opens or joins a case by itself; 0: never",
    ),
    ("SHOUWANG_UPLOAD_LIMIT", "209715200", "单个上传文件的最大字节数", "largest upload, bytes"),
    (
        "SHOUWANG_ENGINE",
        "duckdb",
        "用什么评估全体学生：duckdb（进程内）、local[*]（本机 Spark）或 spark://主机:端口（各机器要在同一路径看得到数据文件夹）；页面总是用 DuckDB 读",
        "what evaluates everybody: duckdb, or a Spark master (every machine sees the data folder); pages always read through DuckDB",
    ),
    (
        "SHOUWANG_FACTS_BUCKET",
        "（空）",
        "事实数据另存一份的对象存储，如 s3://桶/文件夹?endpoint_override=主机:端口；密钥用 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY。"
        "只是副本：DuckDB 和 Spark 读的都是本机的 facts 文件夹",
        "object store that holds every batch of facts once more (S3 API); engines read the local copy",
    ),
    ("SHOUWANG_ENGINE_THREADS", "1", "网页进程中计算引擎的线程数；评估总是使用全部核心", "DuckDB threads in a web process"),
    ("SHOUWANG_ENGINE_MEMORY", "1GB", "计算引擎的内存上限", "DuckDB's memory limit"),
    ("SHOUWANG_SPARK_MEMORY", "2g", "Spark 驱动程序（local 时即全部）的 Java 堆内存", "heap of Spark's driver; with local of all of Spark"),
    (
        "SHOUWANG_PASSWORD",
        "（空）",
        "shouwang install 时管理员的密码；不设置则提示输入",
        "the first administrator's password, for installs without a keyboard",
    ),
    ("SHOUWANG_LOG", "WARNING", "日志级别；INFO 时每个请求一行", "log level; INFO adds one line a request"),
    ("SHOUWANG_LOG_STYLE", "json", "json 每个事件一行；plain 供人在终端阅读", "json, or plain for a person at a terminal"),
    *SIGN_IN_SETTINGS,
    *CHANNEL_SETTINGS,
)


def counts() -> str:
    """One sentence about the catalogue; raises what the loaders raise when a file in it is broken."""
    presets = rules.load_presets()
    distinct = {rule.family for found in presets.values() for rule in found}
    return f"{len(standard.load().tables)} 张数据表，{len(indicators.load().names)} 个指标，{len(distinct)} 条规则（{len(presets)} 套预设）"


def pages() -> dict[Path, str]:
    """Path below docs/reference → text, each ending in a newline."""
    written = {
        "indicators.md": "\n".join(_indicators()),
        "rules.md": "\n".join(_rules()),
        "settings.md": "\n".join(_settings()),
        "states.md": "\n".join(_states()),
        "dialect.md": "\n".join(dialect_page.page()),
    }
    folder = django_settings.PACKAGE.parent / "docs" / "reference"
    found = standard.load()
    package = json.dumps(standard.datapackage(found), ensure_ascii=False, indent=2) + "\n"
    return {folder / "format.md": standard.format_page(found), folder / "datapackage.json": package} | {
        folder / name: NOTE + text.rstrip() + "\n" for name, text in written.items()
    }


def _indicators() -> Iterator[str]:
    found = indicators.load()
    measures = len({indicator.measure for area in found.areas for indicator in area.indicators})
    yield f"# 指标 Indicators\n\n共 {len(found.names)} 个，{measures} 种度量（同一度量的不同时间窗只算一种），{len(found.areas)} 个领域。"
    yield "无数据不等于零：每个指标都说明“无数据”是什么意思。\n"
    for area in found.areas:
        yield f"## {area.title} · {area.title_en}\n\n| 名称 | 标题 | 单位 | 时间窗 | 无数据的含义 |\n|---|---|---|---|---|"
        for indicator in area.indicators:
            yield f"| `{indicator.name}` | {indicator.title} | {indicator.unit} | {indicator.window} | {indicator.null_means} |"
        yield ""


def _rules() -> Iterator[str]:
    presets = rules.load_presets()
    distinct = {rule.family for found in presets.values() for rule in found}
    yield f"# 规则 Rules\n\n{len(presets)} 套预设，{len(distinct)} 条规则（同一规则的不同界线只算一条）。学校可在页面上修改，每次修改是一个新版本。\n"
    for preset, found in presets.items():
        yield f"## {preset}\n\n| 编号 | 名称 | 级别 | 权重 | 条件 | 依据 |\n|---|---|---|---|---|---|"
        for rule in found:
            yield f"| `{rule.code}` | {rule.title} | {LEVELS[rule.level].zh} | {rule.weight} | `{rule.text}` | {rule.source} |"
        yield ""


def _settings() -> Iterator[str]:
    yield "# 设置 Settings\n\n全部由环境变量给出，默认值不需要任何外部服务。\n\n| 变量 | 默认值 | 含义 | meaning |\n|---|---|---|---|"
    for name, default, meaning, english in SETTINGS:
        yield f"| `{name}` | `{default}` | {meaning} | {english} |"


def _states() -> Iterator[str]:
    """The tables of states as they stand in the code: a diagram and, move by move, who may make it."""
    n = sum(len(tables) for tables in STATES.values())
    yield f"# 状态 States\n\n{len(STATES)} 个房间的 {n} 张状态表，由代码生成，页面上的每个操作都先查它。没有列出的走法都会被拒绝，并说明原因。"
    for room, tables in STATES.items():
        yield f"\n## {room}"
        for table in tables:
            yield from _state_table(table)


def _state_table(table: Table) -> Iterator[str]:
    yield f"\n### {table.title[0]} · {table.name}\n\n```mermaid\nstateDiagram-v2"
    for (state, move), after in table.moves.items():
        yield f"    {'[*]' if state == NEW else state} --> {after}: {table.titles[move][0]}"
    yield "```\n\n| 从 | 做什么 | 到 | 谁可以 |\n|---|---|---|---|"
    for (state, move), after in table.moves.items():
        before = "（新）" if state == NEW else table.states[state][0]
        who = "、".join(table.actors[actor][0] for actor in table.who[move])
        yield f"| {before} | {table.titles[move][0]} | {table.states[after][0]} | {who} |"
