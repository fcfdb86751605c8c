"""shouwang serve: the web server."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands.processes import serve


class Command(BaseCommand):
    help = "启动网页服务（生产环境请放在 HTTPS 反向代理之后）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: object, **options: object) -> None:
        serve(host=str(options["host"]), port=int(str(options["port"])))
