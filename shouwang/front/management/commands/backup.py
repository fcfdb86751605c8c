"""shouwang backup: a consistent, encrypted backup while everything runs; `shouwang backup verify` tries to restore it."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands import keeping


class Command(BaseCommand):
    help = "备份（运行中即可，加密，增量）；verify：把最近的备份恢复到一旁并核对"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=["now", "verify"], default="now")
        parser.add_argument("--to", default="", help="备份文件夹；不写则用 SHOUWANG_BACKUP_TO")

    def handle(self, *args: object, **options: object) -> None:
        (keeping.verify if options["what"] == "verify" else keeping.back_up)(str(options["to"]), say=self.stdout.write)
