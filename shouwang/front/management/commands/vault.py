"""shouwang vault: change the keys, erase a person."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from shouwang.front.commands import keeping


class Command(BaseCommand):
    help = "密库：rotate 更换密钥（中断后接着做），erase 学号 删除一个人，again 恢复旧备份后再次抹去已删除的人"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="what", required=True)
        rotate = actions.add_parser("rotate")
        rotate.add_argument("--keys-only", action="store_true", help="只换主密钥，不重新加密文字")
        erase = actions.add_parser("erase")
        erase.add_argument("number", help="学号")
        erase.add_argument("--reason", required=True, help="依据，例如“本人申请”")
        erase.add_argument("--by", default="", help="数据管理员的工号")
        erase.add_argument("--certificate", default="", help="证明写到哪个文件")
        actions.add_parser("again")

    def handle(self, *args: object, **options: object) -> None:
        say = self.stdout.write
        if options["what"] == "rotate":
            keeping.rotate(keys_only=bool(options["keys_only"]), say=say)
        elif options["what"] == "erase":
            named = {name: str(options[name]) for name in ("reason", "by", "certificate")}
            keeping.erase(str(options["number"]), say=say, **named)
        else:
            keeping.erase_again(say=say)
