"""shouwang template TABLE: the blank workbook of a table; without a table, the list of tables."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands.importing import write_template


class Command(BaseCommand):
    help = "写出一张数据表的空白 Excel 模板；不写表名则列出全部数据表"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("table", nargs="?", default="")
        parser.add_argument("--to", default="", help="保存的位置；默认是当前文件夹中的“表名-模板.xlsx”")

    def handle(self, *args: object, **options: object) -> None:
        write_template(str(options["table"]), str(options["to"]), say=self.stdout.write)
