"""shouwang import TABLE FILE: deliver a file from the command line, the same way as on the page."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands.importing import import_file


class Command(BaseCommand):
    help = "导入一个数据文件：检查、预览，无误后接收"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("table", help="数据表名，见 shouwang template；写 auto 由系统识别")
        parser.add_argument("file")
        parser.add_argument("--by", default="", help="报送人的工号；不写则以系统操作员名义")
        parser.add_argument("--yes", action="store_true", help="看过数字后，对需要再次确认的情况一并确认")

    def handle(self, *args: object, **options: object) -> None:
        import_file(str(options["table"]), str(options["file"]), by=str(options["by"]), yes=bool(options["yes"]), say=self.stdout.write)
