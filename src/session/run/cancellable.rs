//! Waiting for a plan, which may compute for long without a pause.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use crate::base::cancel::CancelHandle;
use crate::base::cancel::{cancelled, stoppable};
use crate::base::error::{Code, Error, Result, bug};
use crate::memory::{self, MemoryLimit, exhausted};
use crate::plan::nodes::failure::failure;
use crate::session::state::Session;

/// How often to look whether to stop.
const LOOK: Duration = Duration::from_millis(20);
/// Plans are trees, and walked as such. Only what is used takes memory.
const STACK: usize = 64 << 20;

/// The name of threads that run plans. What goes wrong there is said by an error, not by the thread.
pub(crate) const PLAN: &str = "plan";

fn thread() -> thread::Builder {
    thread::Builder::new().name(PLAN.to_owned()).stack_size(STACK)
}

/// What ends work before it is done.
#[derive(Debug, Clone, Default)]
pub(in crate::session) struct Watch {
    /// A user who has seen enough.
    pub(in crate::session) cancel: CancelHandle,
    /// More memory than there is for it.
    pub(in crate::session) memory: MemoryLimit,
}

impl Watch {
    /// Why work that began with so much memory held should end now.
    fn ended(&self, before: Option<usize>) -> Option<Error> {
        if self.cancel.is_cancelled() {
            return Some(cancelled());
        }
        // Not all that operators hold is in the accounts of the pool, so there is some room above.
        let most = before?.saturating_add(self.memory.bytes() / 4 * 5);
        (memory::held()? > most).then(|| exhausted("this statement", Some(self.memory)))
    }
}

impl Session {
    /// What ends the work of a statement.
    pub(in crate::session) fn watch(&self) -> Watch {
        Watch { cancel: self.cancel.clone(), memory: self.memory }
    }
}

/// Runs work on a thread of its own, with one more for each core when it has several partitions,
/// until it is done or cancelled. A join may compute for long between two points at which it
/// could stop; the work is left behind, and dropped at the next such point.
pub(in crate::session) fn watched<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
    several: bool,
    watch: &Watch,
) -> Result<T> {
    let (done, result) = sync_channel(1);
    let stop = CancelHandle::default();
    let own = stop.clone();
    let before = memory::held();
    let run = move || {
        let runtime = match several {
            true => tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK).build(),
            false => tokio::runtime::Builder::new_current_thread().build(),
        };
        let answer = match runtime {
            Ok(runtime) => stoppable(&own, || runtime.block_on(unless_cancelled(work, &own))),
            Err(error) => Err(no_runtime(&error)),
        };
        // Nobody listens once the statement is cancelled.
        let _ = done.send(answer);
    };
    thread().spawn(run).map_err(|e| no_runtime(&e))?;
    loop {
        match result.recv_timeout(LOOK) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(error) = watch.ended(before) {
                    stop.cancel();
                    return Err(error);
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(no_result());
            }
        }
    }
}

/// Batches of a stream, as they come from a thread of its own.
pub(in crate::session) struct Batches {
    schema: SchemaRef,
    /// `None` ends them: a thread that ended otherwise did not.
    batches: Receiver<Result<Option<RecordBatch>>>,
    ended: bool,
    watch: Watch,
    before: Option<usize>,
    stop: CancelHandle,
    /// Says what an error is about.
    placed: Box<dyn Fn(Error) -> Error>,
}

/// Opens a stream and reads it ahead by a batch or two.
pub(in crate::session) fn streamed(
    open: impl Future<Output = Result<SendableRecordBatchStream>> + Send + 'static,
    watch: &Watch,
    placed: impl Fn(Error) -> Error + 'static,
) -> Result<Batches> {
    let (done, batches) = sync_channel(2);
    let stop = CancelHandle::default();
    let own = stop.clone();
    let before = memory::held();
    let run = move || {
        let sender = done.clone();
        let work = async move {
            let mut stream = open.await?;
            // The first is empty: it says which columns there are.
            let mut next = Some(Ok(RecordBatch::new_empty(stream.schema())));
            while let Some(batch) = next {
                if done.send(batch.map(Some).map_err(failure)).is_err() {
                    break;
                }
                next = stream.next().await;
            }
            Ok(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let ended = match runtime {
            Ok(runtime) => stoppable(&own, || runtime.block_on(unless_cancelled(work, &own))),
            Err(error) => Err(no_runtime(&error)),
        };
        // Nobody listens once the statement is cancelled.
        let _ = sender.send(ended.map(|()| None));
    };
    thread().spawn(run).map_err(|e| no_runtime(&e))?;
    let schema: SchemaRef = Arc::new(Schema::empty());
    let (watch, placed) = (watch.clone(), Box::new(placed));
    let mut opened = Batches { schema, batches, ended: false, watch, before, stop, placed };
    if let Some(first) = opened.next()? {
        opened.schema = first.schema();
    }
    Ok(opened)
}

impl Batches {
    /// The columns.
    pub(in crate::session) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// At least so many rows as one batch, or all that are left; `None` if none are.
    pub(in crate::session) fn part(&mut self, rows: usize) -> Result<Option<RecordBatch>> {
        let (mut some, mut count) = (Vec::new(), 0);
        while count < rows {
            if self.ended {
                break;
            }
            let Some(batch) = self.next()? else {
                self.ended = true;
                break;
            };
            count += batch.num_rows();
            some.push(batch);
        }
        if count == 0 {
            return Ok(None);
        }
        concat_batches(&self.schema, &some).map(Some).map_err(bug)
    }

    fn next(&self) -> Result<Option<RecordBatch>> {
        loop {
            match self.batches.recv_timeout(LOOK) {
                Ok(batch) => return batch.map_err(&self.placed),
                Err(RecvTimeoutError::Disconnected) => return Err((self.placed)(no_result())),
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(error) = self.watch.ended(self.before) {
                        return Err((self.placed)(error));
                    }
                }
            }
        }
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Runs two pieces of work side by side, the first on a thread of its own. Gives what the second and
/// the first found, in this order.
pub(in crate::session) fn side_by_side<A: Send, B>(
    cancel: &CancelHandle,
    first: impl FnOnce() -> Result<A> + Send,
    second: impl FnOnce() -> Result<B>,
) -> Result<(B, A)> {
    thread::scope(|scope| {
        let first = || stoppable(cancel, first);
        let first = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, first);
        let first = first.map_err(|e| no_runtime(&e))?;
        let second = second();
        let ended = || Error::aborted(Code::ThreadEnded, "a thread ended without a result");
        let first = first.join().map_err(|_| ended())?;
        Ok((second?, first?))
    })
}

/// Drops the work when it pauses after the statement was cancelled.
async fn unless_cancelled<T>(
    work: impl Future<Output = Result<T>>,
    cancel: &CancelHandle,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| match cancel.is_cancelled() {
        true => Poll::Ready(Err(cancelled())),
        false => work.as_mut().poll(context),
    })
    .await
}

fn no_result() -> Error {
    Error::aborted(Code::ThreadEnded, "the plan ended without a result")
}

fn no_runtime(error: &std::io::Error) -> Error {
    Error::aborted(Code::ThreadEnded, format!("no thread to run on: {error}"))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Computes for that long without a pause.
    async fn compute(time: Duration) -> Result<u32> {
        let begin = Instant::now();
        while begin.elapsed() < time {
            std::hint::spin_loop();
        }
        Ok(7)
    }

    #[test]
    fn work_that_never_pauses_is_left_behind() {
        for several in [false, true] {
            let cancel = CancelHandle::default();
            let other = cancel.clone();
            let begin = Instant::now();
            let stop = thread::spawn(move || {
                thread::sleep(Duration::from_millis(100));
                other.cancel();
            });
            let watch = Watch { cancel, ..Watch::default() };
            let result = watched(compute(Duration::from_secs(10)), several, &watch);
            assert_eq!(result.map_err(|e| e.code.as_str()), Err("AIQ0904"));
            // Within a look of the press; the rest is for a busy machine.
            assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
            stop.join().expect("the other thread ends");
        }
    }

    #[test]
    fn work_gives_its_result() {
        for several in [false, true] {
            let watch = Watch::default();
            let result = watched(compute(Duration::from_millis(1)), several, &watch);
            assert_eq!(result.map_err(|e| e.code.as_str()), Ok(7));
        }
    }
}
