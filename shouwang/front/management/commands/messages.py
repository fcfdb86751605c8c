"""shouwang messages: compile the English messages; --check names those without an English text."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from shouwang.front.commands import messages


class Command(BaseCommand):
    help = "编译英文界面文字；--check 检查有没有遗漏"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"已编译 {messages.compile_messages()} 条英文文字")
        if options["check"] and (without := messages.missing()):
            raise CommandError(f"{len(without)} 条没有英文：" + "；".join(without[:20]))
