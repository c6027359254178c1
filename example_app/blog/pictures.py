"""Pictures of users: checked, drawn anew, kept beside the rows they belong to.

Django twin: an ``ImageField``, which checks by Pillow too but keeps the file it got.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from typing import IO

from flask import make_response
from flask import request
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from PIL import Image
from PIL import ImageOps
from werkzeug.datastructures import FileStorage
from wtforms.validators import ValidationError

from cbv import DetailView

from .models import Picture

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_BYTES = 2_000_000
#: A small file may unpack to a huge picture.
MOST_PIXELS = 40_000_000
SIDE = 256


def drawn_anew(file: IO[bytes]) -> bytes:
    """Return a picture as a square PNG of ours, with nothing else that was in the file.

    Place, camera and whatever was hidden behind the picture are gone with the old file.

    :raises ValueError: for what is no picture of a known format, or too large a one.
    """
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            picture.draft("RGB", (SIDE * 2, SIDE * 2))  # a photo is read at this size
            upright = ImageOps.exif_transpose(picture)
            square = ImageOps.fit(upright.convert("RGBA"), (SIDE, SIDE))
    except Exception as error:
        # Pillow raises whatever broken data led to, from OSError to struct.error.
        raise ValueError("no picture that can be read") from error
    made = BytesIO()
    square.save(made, "PNG", optimize=True)
    return made.getvalue()


class PictureField(FileField):  # type: ignore[misc]
    """A picture to upload; ``content`` is what to keep of it, None without one."""

    content: bytes | None = None

    def pre_validate(self, form: Any) -> None:
        """Refuse what is too long, or no picture."""
        if not isinstance(self.data, FileStorage):
            return
        length = self.data.stream.seek(0, 2)
        self.data.stream.seek(0)
        if length > MOST_BYTES:
            raise ValidationError(f"A picture has {MOST_BYTES:,} bytes at most.")
        try:
            self.content = drawn_anew(self.data.stream)
        except ValueError:
            known = ", ".join(FORMATS)
            raise ValidationError(f"This is no picture ({known}).") from None

    def populate_obj(self, obj: Any, name: str) -> None:
        """Give a user the new picture; without one the old one stays."""
        if self.content is not None:
            setattr(obj, name, Picture(content=self.content))


class PictureView(DetailView[Picture]):
    """The picture of a user, which browsers ask for again only when it changes."""

    pk_url_kwarg = "user_id"

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer with the picture, or with 304 to a browser that has it."""
        response = make_response(self.object.content)
        response.content_type = "image/png"
        response.cache_control.no_cache = True  # keep it, but ask whether it changed
        response.add_etag()
        return response.make_conditional(request)
