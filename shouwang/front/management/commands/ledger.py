"""shouwang ledger audit|head|prove|consistency|verify|sequence|adopt: see docs/how-to/auditor.md."""

from argparse import ArgumentParser
from typing import cast

from django.core.management.base import BaseCommand

from shouwang.front.commands.ledger import COMMANDS


class Command(BaseCommand):
    help = "操作记录：核验全部（audit）、签名树头（head）、出具证明（prove 记录编号、consistency 树头 树头）、核验证明文件（verify 文件）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", default="", help="证明文件写到哪里")
        parser.add_argument("--key", default="", help="verify：学校公布的公钥")
        parser.add_argument("--code", default="", help="verify：公告栏上的短码")
        parser.add_argument("what", choices=COMMANDS)
        parser.add_argument("arguments", nargs="*", help="编号或文件")

    def handle(self, *args: object, **options: object) -> None:
        given = [str(one) for one in cast("list[str]", options["arguments"])]
        given += [text for name in ("key", "code") if (value := options[name]) for text in (f"--{name}", str(value))]
        COMMANDS[str(options["what"])](given, str(options["to"]), self.stdout.write)
