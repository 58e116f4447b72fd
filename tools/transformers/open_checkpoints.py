"""Opens checkpoints with transformers, compares what it computes, and saves each again.

Run by check.js with the folder that has cases.json. Needs what requirements.txt names.
"""

import json
import pathlib
import sys

import safetensors
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

transformers.utils.logging.disable_progress_bar()
# Models this small compute for microseconds; threads would wait for each other.
torch.set_num_threads(1)
directory = pathlib.Path(sys.argv[1])
failures = 0


def check(condition, name, message):
    global failures
    if not condition:
        failures += 1
        print(f"{name}: {message}", file=sys.stderr)


def unpadded(model, sequences, one_at_a_time):
    """Scores without padding: sequences of one length make a batch, unless the model takes only one at a time."""
    found = torch.empty(len(sequences), 1)
    batches = {}
    for index, sequence in enumerate(sequences):
        batches.setdefault(index if one_at_a_time else len(sequence), []).append(index)
    for members in batches.values():
        found[members] = model(torch.tensor([sequences[index] for index in members])).logits
    return found


def scores(name, folder, model, sequences):
    """Scores of padded batches, one for each side, and without padding."""
    check(model.config.num_labels == 1, name, f"num_labels is {model.config.num_labels}")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    padding, width = model.config.pad_token_id, max(map(len, sequences))
    check(tokenizer.eos_token_id == model.config.eos_token_id != padding, name, f"pad_token_id is {padding}")
    alone = unpadded(model, sequences, one_at_a_time=padding is None)
    if padding is None:
        try:
            model(torch.tensor([sequences[0], sequences[0]]))
            check(False, name, "a batch is scored though there is nothing to pad with")
        except ValueError:
            pass
        return alone - model.config.ais_score_offset
    in_vocabulary = padding < len(tokenizer)
    check(tokenizer.pad_token_id == (padding if in_vocabulary else None), name, f"the tokenizer pads with {tokenizer.pad_token_id}")
    # GPT-2 counts its learned positions from the row's beginning, padding included.
    for side in ("right",) if model.config.model_type == "gpt2" else ("right", "left"):
        fill = [[padding] * (width - len(sequence)) for sequence in sequences]
        rows = [s + f if side == "right" else f + s for s, f in zip(sequences, fill)]
        if in_vocabulary:
            padded = tokenizer.pad({"input_ids": sequences}, padding_side=side)
            check(padded["input_ids"] == rows, name, f"the tokenizer pads on the {side} with another token")
        ones = [[1] * len(sequence) for sequence in sequences]
        zeros = [[0] * (width - len(sequence)) for sequence in sequences]
        mask = [o + z if side == "right" else z + o for o, z in zip(ones, zeros)]
        batch = model(torch.tensor(rows), attention_mask=torch.tensor(mask)).logits
        difference = (batch - alone).abs().max().item()
        check(difference < 1e-4, name, f"padded on the {side}, scores differ by {difference}")
    return alone - model.config.ais_score_offset


for case in json.loads((directory / "cases.json").read_text()):
    name, folder, tokens = case["name"], case["folder"], case["tokens"]
    kind = AutoModelForCausalLM if case["kind"] == "language" else AutoModelForSequenceClassification
    model, information = kind.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    model.eval()
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        check(not information[problem], name, f"{problem}: {sorted(information[problem])[:4]}")

    for dtype, rounded in case.get("rounded", {}).items():
        other = kind.from_pretrained(rounded, dtype="auto")
        check(str(other.dtype) == f"torch.{dtype}", name, f"{dtype} is read as {other.dtype}")
        for key, value in other.state_dict().items():
            check(torch.equal(value, model.state_dict()[key].to(value.dtype)), name, f"{key} is rounded to {dtype} otherwise")

    written = json.loads(pathlib.Path(folder, "config.json").read_text())
    read = model.config.to_dict()
    for key, value in written.items():
        if key in ("architectures", "torch_dtype", "dtype", "id2label"):
            continue
        # The old spelling of what the new one has elsewhere.
        if key == "rope_scaling":
            continue
        if key == "sliding_window_pattern":
            key = "_sliding_window_pattern"
        rope = read.get("rope_parameters") or {}
        new = {"rotary_pct": "partial_rotary_factor", "rotary_emb_base": "rope_theta", "rope_theta": "rope_theta"}.get(key)
        if key == "rope_local_base_freq":
            found = rope["sliding_attention"]["rope_theta"]
        else:
            found = rope.get("full_attention", rope)[new] if new else read.get(key)
        check(found == value, name, f"{key} is {found}, not {value}")

    with torch.no_grad():
        if case["kind"] == "language":
            found = model(torch.tensor(tokens)).logits
            # For Qwen 2, transformers opens every tokenizer as one of bytes.
            if model.config.model_type != "qwen2":
                tokenizer = AutoTokenizer.from_pretrained(folder)
                check(tokenizer("word0")["input_ids"] == [2], name, "the tokenizer is another")
            check(tokenizer.eos_token_id == model.config.eos_token_id == model.generation_config.eos_token_id, name, "the files end texts differently")
        else:
            found = scores(name, folder, model, tokens)
    difference = (found.flatten() - torch.tensor(case["expected"])).abs().max().item()
    check(difference < 1e-4, name, f"what it computes differs by {difference}")
    model.save_pretrained(directory / "from-python" / name, max_shard_size="30KB")

versions = ", ".join(f"{module.__name__} {module.__version__}" for module in (transformers, torch, safetensors))
(directory / "from-python" / "versions.json").write_text(json.dumps({"versions": versions}))
sys.exit(1 if failures else 0)
