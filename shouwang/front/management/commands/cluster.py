"""shouwang cluster: one queue, as `shouwang worker` starts it."""

from django.core.management.base import BaseCommand

from shouwang.front.commands.processes import cluster


class Command(BaseCommand):
    help = "一个任务队列；由 shouwang worker 启动，随它一起结束"

    def handle(self, *args: object, **options: object) -> None:
        cluster()
