#!/usr/bin/env bash
# Scripts for engines as they are, of many answers, into folders of one: matrix.sh AIQ DIR
set -euo pipefail
aiq=$1 to=$2
mkdir -p "$to"
models=(Qwen/Qwen3-32B-FP8 Qwen/Qwen3-235B-A22B-FP8 deepseek-ai/DeepSeek-V3 openai/gpt-oss-120b
  meta-llama/Llama-3.1-405B-Instruct)
for backend in vllm sglang; do
  for system in h200_sxm b200_sxm; do
    for model in "${models[@]}"; do
      for rest in "" "pp = 2" "pp = 4, tp = 8" "prefix = 2000" "isl = 131000, osl = 70" \
        "isl = 100, osl = 16, batch in [1, 512]"; do
        for mode in agg disagg; do
          name="$backend-$system-${model##*/}-$mode-${rest//[^a-z0-9]/_}"
          # What was not measured, or does not fit, has no row; then there is nothing to write.
          "$aiq" -c "let a = search $rest for '$model' on $system * 64 using $backend as $mode top 1;
            generate a[1] to '$to/$name' for $backend" >"$to/$name.log" 2>&1 || true
        done
      done
    done
  done
done
find "$to" -mindepth 1 -maxdepth 1 -type d | wc -l
