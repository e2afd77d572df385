"""Frozen dataclasses to JSON and back, strictly."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from hardware.codec import CodecError, from_plain, to_plain


@dataclass(frozen=True, slots=True)
class Leaf:
    n: int
    kind: Literal["warm", "cold"] = "warm"


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    height: float
    alive: bool
    leaf: Leaf | None
    leaves: tuple[Leaf, ...] = ()
    mixed: int | str | None = None

    def __post_init__(self) -> None:
        if self.height < 0:
            raise ValueError("height: below the ground")


TREE = Tree("ash", 4.5, True, Leaf(1), (Leaf(2, "cold"), Leaf(3)), "x")


def plain(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(to_plain(TREE)))
    return {**data, **changes}


def test_a_tree_comes_back_as_it_was() -> None:
    assert from_plain(Tree, plain()) == TREE
    assert from_plain(Tree, plain(leaf=None, leaves=[], mixed=None)).leaf is None
    assert from_plain(Tree, plain(mixed=5)).mixed == 5


def test_defaults_may_be_left_out_and_a_whole_number_is_a_float() -> None:
    tree = from_plain(Tree, {"name": "ash", "height": 4, "alive": False, "leaf": None})

    assert (tree.height, type(tree.height), tree.leaves) == (4.0, float, ())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "Tree: expected an object"),
        ([], "Tree: expected an object"),
        (plain(roots=1), "roots: unknown key"),
        ({"name": "ash"}, "alive: missing"),
        (plain(name=5), "name: expected str"),
        (plain(height="4"), "height: expected a number"),
        (plain(height=True), "height: expected a number"),
        (plain(height=float("nan")), "height: expected a finite number"),
        (plain(height=float("-inf")), "height: expected a finite number"),
        (plain(height=10**400), "height: expected a finite number"),
        (plain(height=-1), "height: below the ground"),
        (plain(alive=1), "alive: expected bool"),
        (plain(leaf=5), "leaf.: expected an object"),
        (plain(leaf={"n": 1.0}), "leaf.n: expected int"),
        (plain(leaf={"n": True}), "leaf.n: expected int"),
        (plain(leaf={"n": 1, "kind": "hot"}), "leaf.kind: 'hot' is not one of"),
        (plain(leaf={"n": 1, "kind": ["warm"]}), "leaf.kind"),
        (plain(leaves={}), "leaves: expected a list"),
        (plain(leaves=[{"n": 1}, {"n": "2"}]), "leaves[1].n: expected int"),
        (plain(mixed=1.5), "mixed: expected str"),
    ],
)
def test_each_mistake_is_named(data: Any, says: str) -> None:
    with pytest.raises(CodecError) as error:
        from_plain(Tree, data)

    assert says in str(error.value)
