"""shouwang ledger audit|head|prove|consistency|verify|sequence|adopt: see docs/how-to/auditor.md."""

from argparse import REMAINDER, ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands.ledger import COMMANDS


class Command(BaseCommand):
    help = "操作记录：核验全部（audit）、签名树头（head）、出具证明（prove 记录编号、consistency 树头 树头）、核验证明文件（verify 文件）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", default="", help="证明文件写到哪里")
        parser.add_argument("what", choices=COMMANDS)
        parser.add_argument("arguments", nargs=REMAINDER, help="编号或文件")

    def handle(self, *args: object, **options: object) -> None:
        COMMANDS[str(options["what"])](list(map(str, options["arguments"])), str(options["to"]), self.stdout.write)  # type: ignore[call-overload]
