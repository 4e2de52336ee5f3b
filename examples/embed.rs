//! Asks a question from a Rust program and reads the rows.

use std::ops::ControlFlow;

use aiq::{Result, Session};

fn main() -> Result<()> {
    let mut session = Session::open(&[])?;
    let question = "search for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 \
                    where ttft < 1s and tpot < 20ms maximize tokens_per_gpu top 3";
    let mut result = Ok(());
    session.run("embedded", question, &mut |answer| {
        match answer {
            Ok(answer) => {
                let rows = answer.row_count();
                let columns = answer.schema.fields().len();
                result = report(&format!("{rows} rows of {columns} columns"));
            }
            Err(error) => result = Err(error),
        }
        ControlFlow::Continue(())
    });
    result
}

fn report(line: &str) -> Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}").map_err(|e| {
        aiq::Error::internal(aiq::Code::OutputNotWritten, format!("cannot write: {e}"))
    })
}
