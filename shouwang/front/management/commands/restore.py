"""shouwang restore: a whole place out of a backup, into an empty folder."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands import keeping


class Command(BaseCommand):
    help = "从备份恢复到一个空文件夹（PostgreSQL 另需一个空数据库；SQLite 的备份可以这样搬到 PostgreSQL）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", help="备份文件夹")
        parser.add_argument("--to", required=True, help="空文件夹，恢复后作为 SHOUWANG_DATA")
        parser.add_argument("--keys", default="", help="密钥包文件夹；不写则是备份文件夹旁的 …-keys")
        parser.add_argument("--key", default="", help="备份密钥文件；不写则用 SHOUWANG_BACKUP_KEY 或默认位置")
        parser.add_argument("--snapshot", default="", help="哪一份备份；不写则是最新的")
        parser.add_argument("--database", default="", help="postgresql:// 开头的空数据库地址")

    def handle(self, *args: object, **options: object) -> None:
        named = {name: str(options[name]) for name in ("keys", "key", "snapshot", "database")}
        keeping.restore(str(options["folder"]), str(options["to"]), say=self.stdout.write, **named)
