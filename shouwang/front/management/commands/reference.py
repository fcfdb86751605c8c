"""shouwang reference: write the generated pages, or check that they are up to date."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from shouwang.front.pipeline import reference


class Command(BaseCommand):
    help = "生成 docs/reference；--check 只比较，不写入"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: object, **options: object) -> None:
        stale = {path: text for path, text in reference.pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text}
        if options["check"] and stale:
            raise CommandError("这些页面需要重新生成（make docs）：" + "、".join(path.name for path in stale))
        for path, text in stale.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.stdout.write(f"已写入 {len(stale)} 页" if stale else "参考页面都是最新的")
