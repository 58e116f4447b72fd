"""Answers questions greedily with every client that a model was handed to, and prints the answers as JSON.

Run by check-answers.js: folder, adapter, base, GGUF file, and a file with questions. Needs torch, transformers, peft, and
llama-cpp-python.
"""

import json
import sys

import llama_cpp
import peft
import torch
import transformers

folder, adapter, base, gguf, questions = sys.argv[1:]
settings = json.load(open(questions))
tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
prompts = [
    tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True, return_dict=True
    )["input_ids"]
    for question in settings["questions"]
]
limit = settings["maxNewTokens"]


def answers_of(model):
    """Greedy answers of a model of transformers."""
    texts = []
    for prompt in prompts:
        with torch.no_grad():
            tokens = model.generate(
                torch.tensor([prompt]), do_sample=False, max_new_tokens=limit, repetition_penalty=1.0
            )[0]
        texts.append(tokenizer.decode(tokens[len(prompt) :], skip_special_tokens=True))
    return texts


def load(place):
    return transformers.AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)


def answers_of_llama():
    """Greedy answers of llama.cpp, by the tokenizer and the chat template in the file."""
    llama = llama_cpp.Llama(gguf, n_ctx=2048, verbose=False)
    texts = []
    for question in settings["questions"]:
        answer = llama.create_chat_completion(
            [{"role": "user", "content": question}],
            temperature=0, top_k=1, top_p=1, min_p=0, repeat_penalty=1, max_tokens=limit,
        )
        texts.append(answer["choices"][0]["message"]["content"])
    return texts


answers = {"transformers": answers_of(load(folder))}
merged = peft.PeftModel.from_pretrained(load(base), adapter)
answers["peft"] = answers_of(merged)
answers["llama-cpp-python"] = answers_of_llama()
answers["base"] = answers_of(load(base))
versions = {
    "torch": torch.__version__, "transformers": transformers.__version__,
    "peft": peft.__version__, "llama-cpp-python": llama_cpp.__version__,
}
json.dump({"answers": answers, "versions": versions}, sys.stdout)
