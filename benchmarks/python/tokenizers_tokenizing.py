"""Prompts to tokens with the tokenizers library: whole, and cut to a limit as the reference implementation cuts."""

import hashlib
import json
import time
from pathlib import Path

import side
from tokenizers import Tokenizer

settings = side.settings
records = json.loads(Path(settings["records"]).read_text())
tokenizer = Tokenizer.from_file(str(Path(settings["tokenizer"]) / "tokenizer.json"))
limit = settings["maxTokens"]


def prompt(record, post):
    return f"SUBREDDIT: r/{record['subreddit']}\n\nTITLE: {record['title']}\n\nPOST: {post}\n\nTL;DR:"


def encode(text):
    return tokenizer.encode(text, add_special_tokens=False).ids


def truncate(record):
    """While the prompt is too long: cut the post at its last line break, or else drop its last character."""
    post = record["post"]
    tokens = encode(prompt(record, post))
    while len(tokens) > limit:
        cut = post.rfind("\n")
        post = post[:cut] if cut >= 0 else post[:-1]
        tokens = encode(prompt(record, post))
    return tokens


def fingerprint(rows):
    digest = hashlib.sha256()
    for row in rows:
        digest.update((",".join(map(str, row)) + "\n").encode())
    return digest.hexdigest()


def timed(work, chosen):
    started = time.perf_counter()
    rows = [work(record) for record in chosen]
    return time.perf_counter() - started, fingerprint(rows)


side.answer(versions=side.versions("tokenizers"))
start = 0
while side.next_request():
    chosen = records[start : start + settings["posts"]]
    start += settings["posts"]
    whole_seconds, whole = timed(lambda record: encode(prompt(record, record["post"])), chosen)
    truncated_seconds, truncated = timed(truncate, chosen)
    side.answer(
        wholeSeconds=whole_seconds,
        truncatedSeconds=truncated_seconds,
        peakMemoryBytes=side.peak_memory_bytes(),
        fingerprints=[whole, truncated],
    )
