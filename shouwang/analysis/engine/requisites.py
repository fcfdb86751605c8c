"""What Spark needs on this machine, said in Chinese with the remedy when it is not there. Loads nothing of it."""

import os
import re
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PYSPARK = "4.3.0"
MASTER = re.compile(r"local(\[(\*|\d+)\])?|(spark|k8s)://\S+|yarn")


def missing(master: str) -> list[str]:
    """In Chinese, everything that Spark would need and that is not there, each with its remedy."""
    reasons = []
    if not MASTER.fullmatch(master):
        reasons.append(f"SHOUWANG_ENGINE={master} 不认识；可写 duckdb、local[*]、local[2] 或 spark://主机:端口")
    try:
        if (found := version("pyspark")) != PYSPARK:
            reasons.append(f"pyspark 的版本是 {found}，须是 {PYSPARK}；请运行 pip install 'shouwang[spark]'")
    except PackageNotFoundError:
        reasons.append("没有安装 pyspark；请运行 make spark，或 pip install 'shouwang[spark]'")
    if not _java():
        reasons.append("没有 Java；请安装 Java 17（Debian：apt-get install default-jre-headless），或用 JAVA_HOME 指定")
    return reasons


def _java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java")) or bool(home and (Path(home) / "bin" / "java").exists())
