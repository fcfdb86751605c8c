"""shouwang worker: the jobs behind the pages."""

from django.core.management.base import BaseCommand

from shouwang.front.commands.processes import work


class Command(BaseCommand):
    help = "启动后台任务（导入、评估、每日任务）；中断后重新启动会接着做"

    def handle(self, *args: object, **options: object) -> None:
        work()
