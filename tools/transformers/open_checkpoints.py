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
directory = pathlib.Path(sys.argv[1])
failures = 0


def check(condition, name, message):
    global failures
    if not condition:
        failures += 1
        print(f"{name}: {message}", file=sys.stderr)


for case in json.loads((directory / "cases.json").read_text()):
    name, folder, tokens = case["name"], case["folder"], case["tokens"]
    kind = AutoModelForCausalLM if case["kind"] == "language" else AutoModelForSequenceClassification
    model, information = kind.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    model.eval()
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        check(not information[problem], name, f"{problem}: {sorted(information[problem])[:4]}")

    written = json.loads(pathlib.Path(folder, "config.json").read_text())
    read = model.config.to_dict()
    for key, value in written.items():
        if key in ("architectures", "torch_dtype", "dtype", "id2label"):
            continue
        # The old spelling of what the new one has in rope_parameters.
        new = {"rotary_pct": "partial_rotary_factor", "rotary_emb_base": "rope_theta"}.get(key)
        found = read["rope_parameters"][new] if new else read.get(key)
        check(found == value, name, f"{key} is {found}, not {value}")

    with torch.no_grad():
        if case["kind"] == "language":
            found = model(torch.tensor(tokens)).logits
        else:
            # Padded on the right, as a collator does.
            padding, width = model.config.pad_token_id, max(map(len, tokens))
            check(padding is not None and padding != model.config.eos_token_id, name, f"pad_token_id is {padding}")
            check(model.config.num_labels == 1, name, f"num_labels is {model.config.num_labels}")
            padded = torch.tensor([sequence + [padding] * (width - len(sequence)) for sequence in tokens])
            mask = torch.tensor([[1] * len(sequence) + [0] * (width - len(sequence)) for sequence in tokens])
            found = model(padded, attention_mask=mask).logits
    difference = (found.flatten() - torch.tensor(case["expected"])).abs().max().item()
    check(difference < 1e-4, name, f"what it computes differs by {difference}")

    tokenizer = AutoTokenizer.from_pretrained(folder)
    check(tokenizer("soup")["input_ids"] == [2], name, "the tokenizer is another")
    if case["kind"] == "reward":
        check(tokenizer.convert_tokens_to_ids("<|padding|>") == model.config.pad_token_id, name, "it pads otherwise")
    model.save_pretrained(directory / "from-python" / name, max_shard_size="30KB")

versions = ", ".join(f"{module.__name__} {module.__version__}" for module in (transformers, torch, safetensors))
(directory / "from-python" / "versions.json").write_text(json.dumps({"versions": versions}))
sys.exit(1 if failures else 0)
