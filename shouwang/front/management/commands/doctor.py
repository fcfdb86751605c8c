"""shouwang doctor: what is missing or misconfigured, in Chinese, with the remedy."""

from django.core.management.base import BaseCommand

from shouwang.front.commands.doctor import examine


class Command(BaseCommand):
    help = "检查运行环境和配置，说明缺什么、怎么补"

    def handle(self, *args: object, **options: object) -> None:
        findings = examine()
        for finding in findings:
            self.stdout.write(finding.line())
        if any(not finding.fine and finding.grave for finding in findings):
            raise SystemExit(1)
