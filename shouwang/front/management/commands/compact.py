"""shouwang compact: merge delivered batches, so that they are read faster."""

from django.core.management.base import BaseCommand, CommandError

from shouwang.front import clock
from shouwang.front.pipeline import compacting


class Command(BaseCommand):
    help = "合并数据文件：把很多小批次和有更正的批次合并成少数文件，读起来更快；原批次不动，随时可以中断"

    def handle(self, *args: object, **options: object) -> None:
        try:
            made = compacting.merge(now=clock.now(), tell=self.stdout.write)
        except compacting.Busy as busy:
            raise CommandError(str(busy)) from None
        self.stdout.write(f"合并了 {made} 组。" if made else "没有需要合并的文件。")
