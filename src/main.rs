//! The `aiq` command.

fn main() {}
