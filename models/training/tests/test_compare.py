"""The comparison at equal compute: its price list, and that a variant is measured and kept."""

from argparse import Namespace
from dataclasses import replace

import pytest
from conftest import TINY

import compare
from compare import BASE, VARIANTS, Variant, layer_cost, one, step_cost
from model import Layer


def test_what_a_step_costs():
    matrices = sum(p.numel() for n, p in Layer(BASE).named_parameters() if "norm" not in n)
    assert layer_cost(BASE) == matrices + compare.LENGTH * BASE.num_heads * BASE.head_dim
    sizes = ((2, 1), (2, 3), (6, 1))
    shallow, shared, deep = (step_cost(replace(BASE, block_layers=b, num_recursions=r)) for b, r in sizes)
    assert shallow < deep < shared  # a shared block has more exits to train than the dense model of its depth
    assert step_cost(replace(BASE, depth_lora=4)) > shared


def test_names_are_different_folders():
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)


@pytest.mark.parametrize("recursions", [1, 3])
def test_a_variant_is_measured_once(recursions, tokens_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "LENGTH", 48)
    variant = Variant("tiny", replace(TINY, num_recursions=recursions))
    args = Namespace(tokens=tokens_folder, work=tmp_path, compute=3 * step_cost(variant.config), windows=2, count=2)
    one(variant, args)
    result = tmp_path / "tiny" / "result.json"
    found = compare.json.loads(result.read_text())
    assert found["steps"] == 3 and len(found["loss"]) == recursions
    assert "| tiny |" in compare.markdown([found])
    before = result.stat().st_mtime_ns
    one(variant, args)
    assert result.stat().st_mtime_ns == before
