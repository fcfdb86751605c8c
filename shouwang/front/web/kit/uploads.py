"""Where an uploaded file lies while its request lasts: on disk without a name, so that a killed process leaves nothing readable behind."""

import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class NamelessFile(TemporaryUploadedFile):
    """As Django's own temporary upload, but its file was unlinked before the first byte came."""

    def __init__(self, name: str, content_type: str | None, size: int, charset: str | None, content_type_extra: Any = None) -> None:
        file: Any = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  closed with the request
        UploadedFile.__init__(self, file, name, content_type, size, charset, content_type_extra)

    def temporary_file_path(self) -> str:
        raise NotImplementedError("an upload has no path here; read it as a stream")


class NamelessUpload(TemporaryFileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        self.file = NamelessFile(self.file_name or "", self.content_type, 0, self.charset, self.content_type_extra)
