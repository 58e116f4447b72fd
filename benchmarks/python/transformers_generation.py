"""Responses of transformers' generate to all prompts, greedy and sampled."""

import json
import time
from pathlib import Path

import side
import torch
from transformers import AutoModelForCausalLM

settings = side.settings
torch.set_num_threads(settings["threads"])
torch.manual_seed(0)
prompts = json.loads(Path(settings["prompts"]).read_text())
model = AutoModelForCausalLM.from_pretrained(settings["checkpoint"], dtype=torch.float32).eval().to(settings["device"])
# Every response gets its full length.
model.generation_config.eos_token_id = None
model.generation_config.pad_token_id = 0

longest = max(map(len, prompts))
device = settings["device"]
tokens = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts], device=device)
mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)


def respond(**options):
    started = time.perf_counter()
    responses = model.generate(
        input_ids=tokens, attention_mask=mask, max_new_tokens=settings["newTokens"], **options
    )
    side.wait_for_device()
    return time.perf_counter() - started, responses[:, longest:].tolist()


side.answer(versions=side.versions("torch", "transformers"), threads=torch.get_num_threads())
while side.next_request():
    greedy_seconds, rows = respond(do_sample=False)
    sampled_seconds, _ = respond(do_sample=True, temperature=1.0, top_k=0)
    side.answer(
        greedySeconds=greedy_seconds,
        sampledSeconds=sampled_seconds,
        peakMemoryBytes=side.peak_memory_bytes(),
        greedyTokens=rows,
    )
