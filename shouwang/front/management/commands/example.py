"""shouwang example oulad FOLDER: load the Open University data set and judge a day of every presentation."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands.example import run


class Command(BaseCommand):
    help = "载入公开数据集并试评：oulad（开放大学学习分析数据集）"

    requires_system_checks: list[str] = []  # the data folder is made by the command itself

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=["oulad"])
        parser.add_argument("folder", help="解压后的文件夹；studentVle.csv 可以没有，也可以是 studentVle.zip")
        parser.add_argument("--day", type=int, default=60, help="开课后第几天评估（默认 60）")

    def handle(self, *args: object, **options: object) -> None:
        run(str(options["folder"]), day=int(str(options["day"])), say=self.stdout.write)
