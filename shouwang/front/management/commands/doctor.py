"""shouwang doctor: what is missing or misconfigured, in Chinese, with the remedy."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands.doctor import examine


class Command(BaseCommand):
    help = "检查运行环境和配置，说明缺什么、怎么补"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--deploy", action="store_true", help="对外提供服务之前的检查：网址、加密、密钥、权限、二次验证")

    def handle(self, *args: object, **options: object) -> None:
        findings = examine(deploy=bool(options["deploy"]))
        for finding in findings:
            self.stdout.write(finding.line())
        if any(not finding.fine and finding.grave for finding in findings):
            raise SystemExit(1)
