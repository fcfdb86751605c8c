"""shouwang inspect: what this place holds, as one line of JSON; the drill asks a restored place."""

from django.core.management.base import BaseCommand

from shouwang.front.commands import keeping


class Command(BaseCommand):
    help = "核对这份数据：各表行数、账本、数据文件、原始文件（演练时使用）"

    def handle(self, *args: object, **options: object) -> None:
        keeping.inspect(say=self.stdout.write)
