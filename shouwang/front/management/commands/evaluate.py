"""shouwang evaluate: run all rules over what is known."""

from argparse import ArgumentParser
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from shouwang.front import clock
from shouwang.front.pipeline import nightly


class Command(BaseCommand):
    help = "评估预警：对截至某日的数据运行全部规则"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, help="评估日，如 2025-12-10；不写则为今天")

    def handle(self, *args: object, **options: object) -> None:
        as_of = options["as_of"] if isinstance(options["as_of"], date) else clock.today()
        try:
            self.stdout.write(nightly.evaluate_and_open(as_of=as_of, by=None, now=clock.now()).sentence)
        except nightly.CannotEvaluate as reason:
            raise CommandError(str(reason)) from None
