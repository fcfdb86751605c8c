"""shouwang install: open an empty school."""

import os
from argparse import ArgumentParser
from getpass import getpass

from django.core.management import call_command
from django.core.management.base import BaseCommand

from shouwang.front.clock import now
from shouwang.front.pipeline import opening


class Command(BaseCommand):
    help = "建立一所学校：学校、管理员、规则预设和校历（密码由提示输入，或用环境变量 SHOUWANG_PASSWORD）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--school", required=True, help="校名")
        parser.add_argument("--code", default="school", help="学校代码，要与组织机构表中学校一行相同")
        parser.add_argument("--username", required=True, help="管理员工号")
        parser.add_argument("--name", default="系统管理员")
        parser.add_argument("--preset", default="higher", help="规则预设：higher 高职，secondary 中职，compulsory 义务教育")

    def handle(self, *args: object, **options: object) -> None:
        password = os.environ.get("SHOUWANG_PASSWORD") or getpass("管理员密码：")
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        chosen = {name: str(options[name]) for name in ("school", "code", "username", "name", "preset")}
        opened = opening.install(password=password, now=now(), **chosen)
        opening.deliver_calendar(by=opened.account_id, now=now())
        self.stdout.write(
            f"已建立 {options['school']}，启用 {opened.rules} 条规则。下一步：shouwang doctor，然后导入 unit、term、staff、student。"
        )
