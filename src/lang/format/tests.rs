use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::format;
use super::token::{Kind, tokens};
use crate::lang::parse::{outline, parse};

fn shipped() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = ["models", "queries"]
        .iter()
        .flat_map(|d| std::fs::read_dir(root.join(d)).unwrap())
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "aiq"))
        .collect();
    files.sort();
    files.into_iter().map(|p| (p.clone(), std::fs::read_to_string(&p).unwrap())).collect()
}

#[test]
fn shipped_files_are_in_their_layout() {
    let files = shipped();
    assert!(files.len() > 30);
    for (path, text) in files {
        let laid_out = format("a.aiq", &text).unwrap();
        assert!(laid_out == text, "`aiq fmt {}` changes it", path.display());
    }
}

const UGLY: &str = r#"
set isl=4000,osl = 1000 ;  show   models for 'x';;


let a=search tp in [1,2 ,4],batch in 1 ..512 by * 2 for "m" on h200_sxm*32 where ttft<300ms&&tpot==10ms or not(tp>2) maximize -tokens_per_gpu top 5 per mode ; -- five
architecture x for 'X'  {
let   a= if(tp>1) then - 3 else -(2)
  let long_name   = coalesce(config('a'),
     if tp => 2 then 1 else 2)
per layer {
   a gemm(n=1,k=2)
      context bbbbbbb   gemm( n = 1 ,
         k = 2 )  when tp>1
     generation overlap {
lane { c gemm(n=1) } lane {
d gemm(n=2)  } }
}
-- the end
} quant q {bytes=1,flops='x'}
mode m { pool p { axis tp:worker in[1,2,4]
pass e=context at(tokens=1)
define metric rate:req/s higher=1/2 } }
select  1 -- as it is
;
estimate from (select  1
   as tp) serving isl=1
where ttft<1s; plot a[ttft,tpot] to 'x';generate a.b [1] to 'd';
assert best.ttft within 5%of 3ms; search prefer ttft<1s weight 2 hard for 'a-long-organisation/a-long-name','another-organisation/another-name' where ttft < 300ms and tpot < 10ms and tokens_per_gpu > 100 and latency between 1s and 3s and memory < 100GiB
"#;

#[test]
fn ugly_texts() {
    let text = format("a.aiq", UGLY).unwrap();
    insta::assert_snapshot!(text);
    assert_eq!(format("a.aiq", &text).unwrap(), text);
    assert_eq!(format("a.aiq", "").unwrap(), "");
    assert_eq!(format("a.aiq", "-- only\n").unwrap(), "-- only\n");
    assert!(format("a.aiq", "search where").is_err());
}

/// A text with other blanks where it has any.
fn scrambled(text: &str, choices: &[usize]) -> String {
    const GAPS: [&str; 6] = [" ", "\n", "  ", "\n\n\n", "\n        ", "\t"];
    let verbatim = outline("a.aiq", text).unwrap().verbatim;
    let mut choices = choices.iter().cycle();
    let mut out = String::new();
    let mut after_comment = false;
    for token in tokens(text, &verbatim) {
        let blank = token.breaks + token.gap > 0;
        if after_comment {
            out.push('\n');
        } else if blank && !out.is_empty() {
            out.push_str(GAPS[choices.next().copied().unwrap_or(0)]);
        }
        out.push_str(&token.text);
        // A statement of SQL that ends in a comment needs the end of its line.
        after_comment = token.kind == Kind::Comment
            || (token.kind == Kind::Verbatim && token.text.lines().last().unwrap().contains("--"));
    }
    out
}

const STATEMENTS: &[&str] = &[
    "search",
    "search tp in [1, 2, 4, 8] where ttft < 300ms maximize tokens_per_gpu",
    "search batch in 1..512 by *2, prefill.tp = 4 for 'a', \"b\" on h200_sxm * 32, 'x' \
     using trtllm '1.3', vllm as agg pareto ttft, tpot",
    "let a = search on h100_sxm prefer latency < 12s weight 2 fail_ratio 5% hard top 3 per mode, tp",
    "estimate tp = 1, batch = 2 serving isl = 10, osl = 2",
    "estimate from 'rows.csv' where not (tp > 1 or tp < -2) and -tp - (-2) < 3",
    "estimate from (select 1 as tp -- one\n, (2) as pp) as agg",
    "plot search pareto ttft, tpot [ttft, tpot] to 'a.svg'",
    "plot a [ttft, tpot]",
    "explain ops a.agg[2]",
    "explain analyze search tp = 1",
    "generate a[1] to 'd' for bare",
    "save a, b to 'd'",
    "set price h200_sxm = $3.20/gpu_hour, x = [1..4 step 2, 8]",
    "show models for 'x'",
    "include 'a.aiq'",
    "assert best.a within 5% of if a then 1 else 2",
    "assert feasible and (rank(tp = 4) <= 3 || a in ['x', 'y'])",
    "select 'a;b' -- c; d\n from x",
    "with a as (select 1) select * from a",
    "-- a comment\nshow systems",
    "architecture x for 'X' like y { let a = sum(b for c in [1, 2]) when d rule r require a \
     else 'no {a + 1}' once { use z a gemm(n = 1) role logits } per stage b gemm(n = 2) times 2 \
     for l in config('x') { context overlap { lane { c gemm(n = 1) } lane { d gemm(n = 2) } } \
     generation prefer { e when f { g gemm(n = 1) } else { h gemm(n = 1) } } when i } }",
    "mode m { axis a : worker in [1..4] when b let c = 1 define metric d : req/s higher = 2 \
     pass e = context except attention at (tokens = 1,) over p in 0..3 step 2 weight 1 }",
    "operation o(a, b = 1) { weight a * 2 price memory(bytes = a) times 2 as extrapolated when b > 1 }",
    "quant q { bytes = 1, flops = 'fp8', }",
    "rule r require a else 'no {config('b') + 1} -- it''s'",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blanks_carry_no_meaning(
        which in prop::collection::vec(prop::sample::select(STATEMENTS), 1..6),
        choices in prop::collection::vec(0_usize..6, 1..50),
    ) {
        let text = which.join(";\n");
        same_after(&text, &choices);
    }

    #[test]
    fn shipped_files_survive_any_blanks(
        which in any::<prop::sample::Index>(),
        choices in prop::collection::vec(0_usize..6, 1..200),
    ) {
        let files = shipped();
        same_after(&which.get(&files).1, &choices);
    }
}

fn same_after(text: &str, choices: &[usize]) {
    let before = parse("a.aiq", text).unwrap();
    let scrambled = scrambled(text, choices);
    assert!(parse("a.aiq", &scrambled).unwrap() == before, "{scrambled}");
    let laid_out = format("a.aiq", &scrambled).unwrap();
    assert!(parse("a.aiq", &laid_out).unwrap() == before, "{laid_out}");
    assert_eq!(format("a.aiq", &laid_out).unwrap(), laid_out, "not stable");
}

#[test]
fn classes_of_a_mix_stay_together() {
    let long = "search for 'm' on h200_sxm*32 serving mix(chat:70% isl=1k,osl=500;documents :30% isl=16k, \
                osl=200), nextn = 1 where ttft < 2s maximize tokens_per_gpu; select 1";
    let short = "search serving mix( 70% isl = 1k;30% isl = 16k ) top 1";
    insta::assert_snapshot!(
        [long, short].map(|t| format("<text>", t).expect("a layout")).join("\n")
    );
}
