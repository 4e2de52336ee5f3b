//! Models: what their architectures run, weigh and keep, against published figures and a known tool.

mod added;
mod caches;
mod checkpoints;
mod columns;
mod described;
mod dispatch;
mod drafts;
mod engines;
mod golden;
mod graph_words;
mod large_ep;
mod memory;
mod published;
mod quantisation;
