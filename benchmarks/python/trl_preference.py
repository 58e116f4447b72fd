"""Steps of TRL's DPOTrainer, one a request, timed from the trainer's own callbacks."""

import json
import tempfile
import time
from pathlib import Path

import side
import torch
from datasets import Dataset
from transformers import AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer

settings = side.settings
pairs = json.loads(Path(settings["pairs"]).read_text())
torch.set_num_threads(settings["threads"])


def text(tokens):
    """The tokenizer's words are the ids, so that text goes to tokens and back unchanged."""
    return " ".join(str(token) for token in tokens)


class Conversation(TrainerCallback):
    """Waits for a request before each step and answers with its duration after it."""

    def on_step_begin(self, args, state, control, **kwargs):
        if side.next_request() is None:
            raise SystemExit
        self.started = time.perf_counter()
        self.started_processor = time.process_time()

    def on_step_end(self, args, state, control, **kwargs):
        side.wait_for_device()
        seconds = time.perf_counter() - self.started
        processor_seconds = time.process_time() - self.started_processor
        peak = side.peak_memory_bytes()
        rate = side.sgemm_rate(settings["sgemmSize"])
        side.answer(seconds=seconds, processorSeconds=processor_seconds, peakMemoryBytes=peak, sgemmRate=rate)


with tempfile.TemporaryDirectory(dir=Path(settings["pairs"]).parent) as directory:
    arguments = DPOConfig(
        output_dir=directory,
        max_steps=10_000,
        beta=0.1,
        learning_rate=1e-6,
        use_cpu=settings["device"] == "cpu",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **settings["options"],
    )
    rows = [
        {
            "prompt": text(pair["prompt"]),
            # TRL itself adds the end-of-text token.
            "chosen": " " + text(pair["chosen"][:-1]),
            "rejected": " " + text(pair["rejected"][:-1]),
        }
        for pair in pairs
    ]
    adapters = None
    if "lora" in settings:
        from peft import LoraConfig

        rank = settings["lora"]
        adapters = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
    trainer = DPOTrainer(
        model=settings["checkpoint"],
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(settings["checkpoint"]),
        callbacks=[Conversation()],
        peft_config=adapters,
    )
    for row, pair in zip(trainer.train_dataset, pairs, strict=True):
        for part in ("prompt", "chosen", "rejected"):
            assert row[f"{part}_ids"] == pair[part], f"TRL reads other tokens than given: {part}"
    side.answer(
        versions=side.versions("torch", "transformers", "trl", "accelerate", *(["peft"] if adapters else [])),
        threads=torch.get_num_threads(),
    )
    trainer.train()
