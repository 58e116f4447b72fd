"""Opens tokenizers with transformers as they were and as @ais/data saved them, compares, and saves each again.

Run by check-tokenizers.js with the folder that has cases.json. Needs what requirements.txt names.
"""

import json
import pathlib
import sys

import tokenizers
import transformers
from transformers import AutoTokenizer

directory = pathlib.Path(sys.argv[1])
failures = 0


def check(name, what, found, expected):
    global failures
    if found != expected:
        failures += 1
        print(f"{name}: {what} is {found!r}, and should be {expected!r}", file=sys.stderr)


def facts(tokenizer):
    return {
        "length": len(tokenizer),
        "special tokens": tokenizer.special_tokens_map,
        "chat template": tokenizer.chat_template,
        "longest": tokenizer.model_max_length,
    }


for case in json.loads((directory / "cases.json").read_text(encoding="utf8")):
    name = case["name"]
    saved = AutoTokenizer.from_pretrained(directory / "saved" / name)
    check(name, "the length", len(saved), case["vocabularySize"])
    check(name, "the end-of-text id", saved.eos_token_id, case["endOfTextToken"])
    if case["given"]:
        given = facts(AutoTokenizer.from_pretrained(directory / "given" / name))
        for what, value in facts(saved).items():
            check(name, f"the {what}", value, given[what])
    for text, ids in case["texts"]:
        check(name, f"the tokens of {text!r}", saved.encode(text, add_special_tokens=False), ids)
    saved.save_pretrained(directory / "from-python" / name)

versions = f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}"
(directory / "from-python" / "versions.json").write_text(json.dumps({"versions": versions}))
sys.exit(failures > 0)
