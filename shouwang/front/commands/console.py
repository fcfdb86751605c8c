"""`shouwang`: Django's manage entry under the product's name."""

import os
import sys

PRODUCT = (
    "demo",
    "install",
    "accounts",
    "serve",
    "worker",
    "import",
    "template",
    "evaluate",
    "compact",
    "reproduce",
    "backup",
    "restore",
    "vault",
    "ledger",
    "example",
    "doctor",
)


def main() -> None:
    """Runs one command; without one, lists the product's own."""
    os.umask(0o077)  # whatever is written is its owner's alone: data, logs, keys
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouwang.config.settings")
    from django.core.management import execute_from_command_line

    if len(sys.argv) == 1:
        print("守望 Shouwang\n用法：shouwang 命令 [参数]，shouwang 命令 --help 看说明\n命令：" + "、".join(PRODUCT))
        return
    execute_from_command_line(sys.argv)
