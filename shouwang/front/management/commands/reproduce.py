"""shouwang reproduce: compute an alert again from what was known, to the digit."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from shouwang.work.alerts import queries


class Command(BaseCommand):
    help = "复算一条预警：从当时的数据快照重新计算，逐位比较"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alert", type=int, help="预警编号（预警页网址中的数字）")

    def handle(self, *args: object, **options: object) -> None:
        alert = queries.find(int(str(options["alert"])))
        if alert is None or not (found := queries.reproduce(alert)).same:
            raise CommandError(found.sentence if alert else f"没有编号为 {options['alert']} 的预警。")
        self.stdout.write(found.sentence)
