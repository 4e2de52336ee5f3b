//! The sequences that decode together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A sequence of a batch, by when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    /// Decode step of the batch after which it ends.
    end: u64,
    /// Number of the request.
    request: usize,
    /// How many sequences had joined the batch before it.
    order: u64,
}

/// The sequences that decode together: each makes a token in every step that the batch takes.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Steps that it has taken.
    pub(super) steps: u64,
    /// Tokens that its sequences hold.
    pub(super) tokens: u64,
    members: BinaryHeap<Reverse<Member>>,
    joined: u64,
}

impl Batch {
    /// Without sequences, and with place for so many.
    pub(super) fn new(places: usize) -> Self {
        Self { members: BinaryHeap::with_capacity(places), ..Self::default() }
    }

    /// How many sequences there are.
    pub(super) fn len(&self) -> u64 {
        self.members.len() as u64
    }

    /// Tokens that a sequence holds on average; 0 without any.
    pub(super) fn mean_tokens(&self) -> f64 {
        self.tokens as f64 / self.len().max(1) as f64
    }

    /// Adds a sequence that holds so many tokens and has so many to make.
    pub(super) fn join(&mut self, request: usize, tokens: u64, left: u64) {
        self.tokens += tokens;
        let member = Member { end: self.steps + left, request, order: self.joined };
        self.joined += 1;
        self.members.push(Reverse(member));
    }

    /// Steps until the next sequence ends.
    pub(super) fn next_end(&self) -> Option<u64> {
        self.members.peek().map(|Reverse(member)| member.end.saturating_sub(self.steps))
    }

    /// Takes some steps, not more than until the next end.
    pub(super) fn advance(&mut self, steps: u64) {
        self.steps += steps;
        self.tokens += steps * self.len();
    }

    /// Takes out a sequence that has ended, which holds what `tokens` says.
    pub(super) fn pop_ended(&mut self, tokens: impl FnOnce(usize) -> u64) -> Option<usize> {
        let Reverse(member) = *self.members.peek().filter(|Reverse(m)| m.end <= self.steps)?;
        self.members.pop();
        self.tokens -= tokens(member.request);
        Some(member.request)
    }

    /// The sequence that joined last.
    pub(super) fn last_joined(&self) -> Option<usize> {
        let last = self.members.iter().max_by_key(|Reverse(member)| member.order)?;
        Some(last.0.request)
    }

    /// Takes out a sequence before its end, which holds so many tokens.
    pub(super) fn remove(&mut self, request: usize, tokens: u64) {
        self.members.retain(|Reverse(member)| member.request != request);
        self.tokens -= tokens;
    }
}
