use proptest::prelude::*;

use crate::lang::ast::{
    BinaryOp, Each, Expr, ExprKind, Item, ListExpr, Name, Statement, StatementKind, Stride,
};
use crate::lang::parse::parse;
use crate::lang::units::Unit;

fn statement(text: &str) -> Statement {
    parse("<text>", text).unwrap().remove(0)
}

fn written(statement: &Statement) -> String {
    match &statement.kind {
        StatementKind::Search(search) => search.to_string(),
        StatementKind::Estimate(estimate) => estimate.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn questions() {
    let texts = [
        "search",
        "search tp in [1, 2, 4], batch in 1..512 by *2, x in [1..8 step 2], prefill.tp = 4 for 'a', \
         'it''s' on h200_sxm * 32, 'x-y' using trtllm '1.3', vllm serving isl = 4k, osl = 1 as agg, \
         disagg where ttft < 300ms and (tp > 1 or pp > 1) prefer ttft < 1s weight 2 fail_ratio 5% \
         hard prefer latency < 2s maximize -tokens_per_gpu top 5 per mode, tp distinct tp, pp",
        "search serving mix (chat: 70% isl = 1k, osl = 500; 30% isl = 16k), nextn = 1 \
         with system.mem_bw * 1.2, gemm.latency * [1, 2], kv = 'fp8' for isl in [1k, 2k] \
         pareto ttft, tpot",
        "estimate tp = 1, gemm = fp8 on h200_sxm where a = 1 where b = 2 or c = 3",
        "estimate from (select 1 as tp) as agg",
        "estimate from rows",
    ];
    let texts: Vec<String> = texts.iter().map(|text| written(&statement(text))).collect();
    insta::assert_snapshot!(texts.join("\n\n"));
    for text in &texts {
        assert_eq!(written(&statement(text)), *text);
    }
}

fn number() -> impl Strategy<Value = ExprKind> {
    let units = [Unit::None, Unit::Time, Unit::Bytes, Unit::RequestRate, Unit::GpuPrice];
    (-40_i32..4000, prop::sample::select(units.to_vec()))
        .prop_map(|(n, unit)| ExprKind::Number(f64::from(n) / 8.0, unit))
}

fn operator() -> impl Strategy<Value = BinaryOp> {
    use BinaryOp::{Add, And, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Sub};
    prop::sample::select(vec![Add, And, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Sub])
}

/// Expressions as the parser builds them: a minus before a number is part of it, and no condition
/// that compares with a list is within another.
fn expressions() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        number(),
        "[a-z' \"]{0,5}".prop_map(ExprKind::Text),
        any::<bool>().prop_map(ExprKind::Bool),
        Just(ExprKind::Null),
        prop::sample::select(vec!["tp", "prefill.tp", "ttft"])
            .prop_map(|n| ExprKind::Name(n.into())),
    ];
    leaf.prop_map(Expr::new).prop_recursive(5, 40, 3, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let list = || prop::collection::vec(inner.clone().prop_map(Item::One), 1..3);
        prop_oneof![
            4 => (operator(), boxed(), boxed()).prop_map(|(op, a, b)| ExprKind::Binary(op, a, b)),
            1 => boxed().prop_map(|e| match e.kind {
                ExprKind::Number(n, unit) => ExprKind::Number(-n, unit),
                _ => ExprKind::Neg(e),
            }),
            1 => boxed().prop_map(ExprKind::Not),
            1 => (boxed(), boxed(), boxed()).prop_map(|(a, b, c)| ExprKind::If(a, b, c)),
            1 => prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|all| ExprKind::Call("max".into(), all)),
            1 => (boxed(), list()).prop_map(|(e, items)| {
                let each = Each { name: Name::new("x"), list: ListExpr::Items(items) };
                ExprKind::Sum(e, Box::new(each))
            }),
        ]
        .prop_map(Expr::new)
    })
}

proptest! {
    #[test]
    fn an_expression_is_read_as_it_was_written(expr in expressions()) {
        let text = format!("search where {expr}");
        let StatementKind::Search(search) = statement(&text).kind else { panic!("{text}") };
        prop_assert!(search.clauses.filter == [expr], "{text}");
    }

    #[test]
    fn a_list_is_read_as_it_was_written(
        subject in prop::sample::select(vec!["tp", "(tp * pp)", "-2", "(a = b)"]),
        low in -3_i32..3,
        negated in any::<bool>(),
    ) {
        let subject = {
            let text = format!("search where {subject}");
            let StatementKind::Search(mut search) = statement(&text).kind else { panic!("{text}") };
            search.clauses.filter.remove(0)
        };
        let stride = Stride::Factor(Expr::number(2.0));
        let (low, high) = (Expr::number(f64::from(low)), Expr::name("tp"));
        let mut expr = subject.among(vec![Item::Range { low, high, stride }, Item::stepped(1.0, 9.0, 2.0)]);
        if negated {
            expr = Expr::new(ExprKind::Not(Box::new(expr)));
        }
        let text = format!("search where {expr}");
        let StatementKind::Search(search) = statement(&text).kind else { panic!("{text}") };
        prop_assert!(search.clauses.filter == [expr], "{text}");
    }
}
