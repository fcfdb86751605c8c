"""shouwang reproduce: compute an alert (or all of them) again from what was known, to the digit."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands import reproducing


class Command(BaseCommand):
    help = "复算一条预警（或用 --all 复算全部）：从当时的数据快照重新计算，逐位比较"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alert", type=int, nargs="?", help="预警编号（预警页网址中的数字）")
        parser.add_argument("--all", action="store_true", help="全部预警")

    def handle(self, *args: object, **options: object) -> None:
        if options["all"]:
            reproducing.every(self.stdout.write)
        else:
            reproducing.one(options["alert"], self.stdout.write)
