#!/usr/bin/env python3
"""Writes a tiny Llama with random weights, for servers that must start without a download.

    tiny_llama.py DIR

Every token of text is one character, so a prompt of N characters has N tokens, and any
sequence of tokens survives decoding and encoding. The chat template adds seven tokens to
a conversation of one user message. Needs torch, safetensors and tokenizers.
"""

import json
import string
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models

SPECIAL = ["<unk>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
GREEK = [chr(c) for c in range(ord("α"), ord("α") + 24)]
TEXT = ["\n", "\t", " ", *string.digits, *string.ascii_letters, *string.punctuation, *GREEK]
TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "<|{{ message['role'] }}|>\n{{ message['content'] }}<|end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "attention_bias": False,
    "bos_token_id": SPECIAL.index("<s>"),
    "eos_token_id": SPECIAL.index("</s>"),
    "head_dim": 64,
    "hidden_act": "silu",
    "hidden_size": 256,
    "intermediate_size": 512,
    "max_position_embeddings": 8192,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": len(SPECIAL) + len(TEXT),
}


def tokenizer():
    """One token for each character; a character outside the alphabet is <unk>."""
    vocab = {token: i for i, token in enumerate(SPECIAL + TEXT)}
    made = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="<unk>"))
    made.decoder = decoders.Fuse()
    made.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    return made


def weights():
    """Small random matrices, and norms of one, under the names Llama checkpoints use."""
    hidden, inner, dim = CONFIG["hidden_size"], CONFIG["intermediate_size"], CONFIG["head_dim"]
    queries, keys = CONFIG["num_attention_heads"] * dim, CONFIG["num_key_value_heads"] * dim
    shapes = {"model.embed_tokens": (CONFIG["vocab_size"], hidden), "model.norm": (hidden,)}
    for i in range(CONFIG["num_hidden_layers"]):
        layer = f"model.layers.{i}"
        shapes |= {f"{layer}.input_layernorm": (hidden,)}
        shapes |= {f"{layer}.post_attention_layernorm": (hidden,)}
        shapes |= {f"{layer}.self_attn.q_proj": (queries, hidden)}
        shapes |= {f"{layer}.self_attn.{n}_proj": (keys, hidden) for n in "kv"}
        shapes |= {f"{layer}.self_attn.o_proj": (hidden, queries)}
        shapes |= {f"{layer}.mlp.{n}_proj": (inner, hidden) for n in ("gate", "up")}
        shapes |= {f"{layer}.mlp.down_proj": (hidden, inner)}
    shapes["lm_head"] = (CONFIG["vocab_size"], hidden)
    random = torch.Generator().manual_seed(0)
    fill = lambda s: torch.randn(s, generator=random) * 0.02 if len(s) > 1 else torch.ones(s)
    return {f"{name}.weight": fill(s).to(torch.bfloat16) for name, s in shapes.items()}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    to = Path(sys.argv[1])
    to.mkdir(parents=True, exist_ok=True)
    special = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    about = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": TEMPLATE}
    about |= {"clean_up_tokenization_spaces": False} | special
    about |= {"model_max_length": CONFIG["max_position_embeddings"]}
    tokenizer().save(str(to / "tokenizer.json"))
    save_file(weights(), str(to / "model.safetensors"), metadata={"format": "pt"})
    (to / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    (to / "tokenizer_config.json").write_text(json.dumps(about, indent=2) + "\n")
    (to / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")


if __name__ == "__main__":
    main()
