"""A bucket: every batch once more in an object store (S3 API), from which a machine fetches what it has not.

Batches never change, so a copy with the right digest is good for ever: nothing is kept in step, and both engines read local files. The
sidecar goes up last and comes down last, as on disk: a batch without it is not there. Bundles stay out: each machine makes its own.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from shutil import copyfileobj

from pyarrow.fs import FileSelector, FileSystem, FileType

from shouwang.analysis.facts.batch import Batch, parsed, rows_path, sidecar_path, tombs_path
from shouwang.analysis.facts.files import settle, temporary_of, write_text
from shouwang.common.digest import file_digest

PIECE = 1 << 20
OWNER = "installation.txt"


class BucketTrouble(OSError):
    """The object store cannot be reached, or what lies there is not what was accepted; the message is Chinese and names the remedy."""


class Bucket:
    """`address` as pyarrow reads it: s3://bucket/folder?region=…&endpoint_override=host:port&scheme=https, or file:///folder.

    Who may enter is said by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Nothing is connected until something is missing or written.
    `owner` names the installation: a second one that was pointed here by mistake would give other batches the same numbers, and is refused.
    Nothing is ever removed, so that no mistake of one machine can take facts from the others.
    """

    def __init__(self, address: str, owner: str) -> None:
        self.address = address
        self.owner = owner

    @cached_property
    def _place(self) -> tuple[FileSystem, PurePosixPath]:
        files, base = FileSystem.from_uri(self.address)
        mark = str(PurePosixPath(base) / OWNER)
        if files.get_file_info(mark).type == FileType.NotFound:
            files.create_dir(base, recursive=True)
            with files.open_output_stream(mark) as target:
                target.write(self.owner.encode())
        with files.open_input_stream(mark) as source:
            if source.read().decode() != self.owner:
                raise BucketTrouble(
                    f"对象存储 {self._where} 属于另一套守望，请为这一套换一个文件夹（SHOUWANG_FACTS_BUCKET）；"
                    f"如果只是更换了 SHOUWANG_SECRET_KEY，请删除其中的 {OWNER}"
                )
        return files, PurePosixPath(base)

    @property
    def _where(self) -> str:
        """The address without options and keys."""
        return self.address.partition("?")[0].rpartition("@")[2]

    def keep(self, batch: Batch) -> None:
        """The batch's files, the sidecar last. What stood there of an acceptance that was killed is replaced."""
        with self._reached("写入"):
            files, folder = self._place
            files.create_dir(str(folder / batch.table), recursive=True)
            for path in (batch.path, batch.tombs_path, sidecar_path(batch.folder, batch.table, batch.id)):
                if path:
                    with path.open("rb") as source, files.open_output_stream(str(folder / batch.table / path.name)) as target:
                        copyfileobj(source, target, PIECE)

    def fetch(self, root: Path, batch_ids: Iterable[int]) -> int:
        """Those of the batches that lie here, into the folder `root`. How many; a file whose digest is not the sidecar's is refused."""
        wanted, found = set(batch_ids), 0
        with self._reached("读取"):
            for table, batch_id in self._held():
                if batch_id in wanted:
                    self._bring(root, table, batch_id)
                    found += 1
        return found

    def held(self) -> frozenset[int]:
        """The batches that lie here, whole."""
        with self._reached("读取"):
            return frozenset(batch_id for _, batch_id in self._held())

    def _bring(self, root: Path, table: str, batch_id: int) -> None:
        files, folder = self._place
        (root / table).mkdir(parents=True, exist_ok=True)
        sidecar = sidecar_path(root, table, batch_id)
        with files.open_input_stream(str(folder / table / sidecar.name)) as source:
            text = source.read().decode()
        batch = parsed(text, root)
        self._download(folder / table, rows_path(root, table, batch_id), batch.sha256)
        if batch.tombs_sha256:
            self._download(folder / table, tombs_path(root, table, batch_id), batch.tombs_sha256)
        write_text(sidecar, text)

    def _download(self, folder: PurePosixPath, path: Path, sha256: str) -> None:
        temporary = temporary_of(path)
        with self._place[0].open_input_stream(str(folder / path.name)) as source, temporary.open("wb") as target:
            copyfileobj(source, target, PIECE)
        if file_digest(temporary) != sha256:
            temporary.unlink()
            raise BucketTrouble(f"对象存储里的 {path.parent.name}/{path.name} 与接收时不同，没有取用；请从备份恢复这个文件")
        settle(temporary, path)

    def _held(self) -> Iterator[tuple[str, int]]:
        files, folder = self._place
        for one in files.get_file_info(FileSelector(str(folder), recursive=True)):
            path = PurePosixPath(one.path)
            if path.suffix == ".json" and path.stem.isdigit():
                yield path.parent.name, int(path.stem)

    @contextmanager
    def _reached(self, doing: str) -> Iterator[None]:
        try:
            yield
        except BucketTrouble:
            raise
        except (OSError, ValueError) as problem:
            told = str(problem).replace(self.address, self._where)  # an address that cannot be read is quoted whole, keys and all
            raise BucketTrouble(f"对象存储 {self._where} 无法{doing}，请检查网络、地址和密钥（SHOUWANG_FACTS_BUCKET）：{told}") from None
