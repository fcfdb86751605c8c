"""shouwang demo: the demo college, set up when needed, then served."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands.demo import open_college


class Command(BaseCommand):
    help = "建立并打开演示学校“云岭职业技术学院”"

    requires_system_checks: list[str] = []  # a second start must be quick; make check looks at the system

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare-only", action="store_true", help="只建立，不启动服务")

    def handle(self, *args: object, **options: object) -> None:
        open_college(host=str(options["host"]), port=int(str(options["port"])), serve=not options["prepare_only"], say=self.stdout.write)
