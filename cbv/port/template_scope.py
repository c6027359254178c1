"""The state of the port of one template: open blocks, kinds of names, the output."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field

from .knowledge import Knowledge
from .notes import Note
from .notes import Untranslatable

#: Names in a context whose kind needs no word: what Django's views give.
_KINDS = {"form": "form", "formset": "formset", "messages": "messages"}


@dataclass
class Open:
    """A block that is open: its Django tag, what ends it, and the names in it.

    ``place`` is the number of its piece of output, ``depth`` that of loops around it.
    """

    tag: str
    closing: str
    kinds: dict[str, str]
    place: int
    depth: int = 0


@dataclass
class Scope:
    """What is known at one point of a template."""

    known: Knowledge
    name: str = ""
    out: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    blocks: list[Open] = field(default_factory=list)
    needs_forms: bool = False

    def open(self, tag: str, closing: str, kinds: dict[str, str] | None = None) -> None:
        """Open a block; ``kinds`` says what the names are that it brings."""
        depth = self.depth + (tag == "for")
        self.blocks.append(Open(tag, closing, kinds or {}, len(self.out), depth))

    def close(self, tag: str) -> str:
        """Close the innermost block and return what ends it.

        :raises Untranslatable: when another block is open.
        """
        if not self.blocks or self.blocks[-1].tag != tag:
            is_open = (
                f"{self.blocks[-1].tag} is open" if self.blocks else "none is open"
            )
            raise Untranslatable(f"end{tag} without {tag}: {is_open}", is_error=True)
        return self.blocks.pop().closing

    @property
    def depth(self) -> int:
        """How many loops are around this point."""
        return self.blocks[-1].depth if self.blocks else 0

    def kind(self, name: str) -> str:
        """Return what a name is (form, field, message, local …), or an empty text."""
        for block in reversed(self.blocks):
            if name in block.kinds:
                return block.kinds[name]
        if name.endswith("_form"):
            return "form"
        return _KINDS.get(name, "")

    def outer_loop(self) -> str:
        """Return a name for the loop around the innermost one, which is given it."""
        loops = [block for block in self.blocks if block.tag == "for"]
        if len(loops) < 2:
            raise Untranslatable("there is no loop around this one")
        name, place = f"loop_{loops[-2].depth}", loops[-2].place
        setting = f"{{% set {name} = loop %}}"
        if not self.out[place].endswith(setting):
            self.out[place] += setting
        return name
