"""shouwang accounts: first sign-ins for people of the register, with one-time passwords."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from shouwang.front.clock import now
from shouwang.front.pipeline import opening
from shouwang.trust.access.actions import CannotOpen


class Command(BaseCommand):
    help = "为名册中的教职工或学生建立账号，打印初始密码：shouwang accounts T001 T002"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("numbers", nargs="+", help="工号或学号")
        parser.add_argument("--kind", choices=["staff", "student"], default="staff")

    def handle(self, *args: object, **options: object) -> None:
        for number in list(options["numbers"]):  # type: ignore[call-overload]
            try:
                self.stdout.write(f"{number}\t{opening.first_password(kind=str(options['kind']), number=str(number), now=now())}")
            except CannotOpen as error:
                raise CommandError(str(error)) from error
