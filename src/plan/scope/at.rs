//! Which class of requests names are about.

use std::cell::Cell;

/// Which class names are about.
#[derive(Default)]
pub(in crate::plan) struct At {
    class: Cell<Option<usize>>,
    varies: Cell<bool>,
    pricing: Cell<bool>,
}

impl At {
    /// The class; `None` for all of them.
    pub(in crate::plan) fn class(&self) -> Option<usize> {
        self.class.get()
    }

    /// Whether what is being looked at differs between classes.
    pub(in crate::plan) fn varies(&self) -> bool {
        self.varies.get()
    }

    /// Notes that something was met, and whether it differs between classes.
    pub(in crate::plan) fn note(&self, varies: bool) {
        self.varies.set(self.varies.get() || varies);
    }

    /// Lets `then` see the names of a class, and says whether anything it met differs between
    /// classes.
    pub(in crate::plan) fn watched<R>(
        &self,
        class: Option<usize>,
        then: impl FnOnce() -> R,
    ) -> (R, bool) {
        let before = (self.class.replace(class), self.varies.replace(false));
        let result = then();
        self.class.set(before.0);
        (result, self.varies.replace(before.1))
    }

    /// Lets `then` see the names of a class.
    pub(in crate::plan) fn set<R>(&self, class: Option<usize>, then: impl FnOnce() -> R) -> R {
        self.watched(class, then).0
    }

    /// Lets `then` see names as the ops of a pass read them.
    pub(in crate::plan) fn pricing<R>(&self, then: impl FnOnce() -> R) -> R {
        let before = self.pricing.replace(true);
        let result = then();
        self.pricing.set(before);
        result
    }

    /// Whether names are read for the ops of a pass.
    pub(in crate::plan) fn is_pricing(&self) -> bool {
        self.pricing.get()
    }
}
