"""The model folder that the app reads: weights as stored and as values, and the pieces around them.

Matrices: "int-quantized" of compressed-tensors, int8 `weight` and float16 `weight_scale` by groups of 32 along a row;
with 4 bits the layers' in its "pack-quantized" form: int32 `weight_packed`, float16 `weight_scale` by groups of 64,
`weight_shape`. Norms and routers: float32. Values: codes times scales.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from dense import read_tensors
from grid import EIGHT, FOUR, grid_for, pack, unpack
from layers import matrices, settle
from model import Elastic
from shape import shape_of

FILE_BYTES = 80_000_000  # no weight file is larger


def quantization_config(bits: int) -> dict:
    """As compressed-tensors has it."""

    def group(targets: list[str], grid, form: str, named: bool) -> dict:
        weights = {
            "num_bits": grid.bits,
            "type": "int",
            "symmetric": True,
            "strategy": "group",
            "group_size": grid.group,
        }
        return {"targets": targets, **({"format": form} if named else {}), "weights": weights}

    if bits == 4:
        groups = [group(["Embedding"], EIGHT, "int-quantized", True), group(["Linear"], FOUR, "pack-quantized", True)]
    else:
        groups = [group(["Linear", "Embedding"], EIGHT, "int-quantized", False)]
    return {
        "quant_method": "compressed-tensors",
        "format": "mixed-precision" if bits == 4 else "int-quantized",
        "config_groups": {f"group_{i}": each for i, each in enumerate(groups)},
        "ignore": ["re:model.routers.*"],
    }


def stored_tensors(model: Elastic, bits: int) -> dict[str, Tensor]:
    """What the folder's files hold, of a model settled on its grids."""
    on_grid = {f"{name}.weight": grid_for(name, bits) for name in matrices(model)}
    stored = {}
    for name, parameter in model.state_dict().items():
        full = f"model.{name}"
        if name not in on_grid:
            stored[full] = parameter.float().cpu().contiguous()
            continue
        codes, scales = (t.cpu() for t in on_grid[name].codes(parameter))
        stored[f"{full}_scale"] = scales.half().contiguous()
        if on_grid[name].bits == 4:
            stored[f"{full}_packed"] = pack(codes)
            stored[f"{full}_shape"] = torch.tensor(codes.shape)
        else:
            stored[full] = codes.to(torch.int8)
    return stored


def values_of(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """Stored tensors -> float32 state of an `Elastic`. Floats, where a folder has them, are taken as they are."""
    values = {}
    for name, tensor in stored.items():
        short = name.removeprefix("model.")
        if name.endswith(("_scale", "_shape")):
            continue
        if name.endswith("_packed"):
            base = name.removesuffix("_packed")
            values[short.removesuffix("_packed")] = FOUR.values(unpack(tensor), stored[f"{base}_scale"])
        elif tensor.dtype == torch.int8:
            values[short] = EIGHT.values(tensor, stored[f"{name}_scale"])
        else:
            values[short] = tensor.float()
    return values


def write_weights(model: Elastic, bits: int, folder: Path) -> None:
    """The safetensors files, the embedding last, and their index."""
    settle(model, bits)
    stored = stored_tensors(model, bits)
    files, size = [{}], 0
    for name in sorted(stored, key=lambda name: ("embed_tokens" in name, name)):
        if size + stored[name].nbytes > FILE_BYTES and files[-1]:
            files.append({})
            size = 0
        files[-1][name] = stored[name]
        size += stored[name].nbytes
    for old in folder.glob("model-*.safetensors"):
        old.unlink()
    index = {}
    for number, part in enumerate(files, 1):
        name = f"model-{number:05d}-of-{len(files):05d}.safetensors"
        save_file(part, folder / name, metadata={"format": "pt"})
        index |= dict.fromkeys(part, name)
    total = sum(tensor.nbytes for tensor in stored.values())
    content = {"metadata": {"total_size": total}, "weight_map": index}
    (folder / "model.safetensors.index.json").write_text(json.dumps(content, indent=1))


def read_model(folder: Path) -> Elastic:
    """A model folder -> its model in float32, not for training."""
    model = Elastic(shape_of(json.loads((folder / "config.json").read_text())))
    model.load_state_dict(values_of(read_tensors(folder)))
    return model.requires_grad_(False).eval()


def thresholds_of(row: dict) -> list[float]:
    """A row of calibration.json -> thresholds; null stands for every token, or for none where the capacity is 0."""
    ends = (math.inf if capacity == 0 else -math.inf for capacity in row["capacities"])
    return [end if given is None else given for given, end in zip(row["thresholds"], ends)]
