//! The words of the grammar: what each begins, and what it is for. A test compares this table with
//! `grammar/aiq.pest` and with the grammar of the editors, so that no word is in one of them alone.

#[cfg(test)]
mod tests;

/// What begins with a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// A statement that asks, sets or writes something.
    Statement,
    /// A part of the model text.
    Definition,
    /// A statement of SQL, beside `select`.
    Sql,
    /// A clause of a question.
    Clause,
    /// An item of a clause that is more than a name and its value.
    Item,
    /// Nothing: it stands within one of these.
    Nothing,
}

/// A word of the grammar.
#[derive(Debug, Clone, Copy)]
pub struct Keyword {
    /// The word.
    pub word: &'static str,
    /// Another way to spell it.
    pub also: Option<&'static str>,
    /// What it begins.
    pub begins: Begins,
    /// Whether an operand may follow: then a bracket behind the word holds a part of an expression
    /// or a list, not the arguments of a call, and a minus is a sign.
    pub operand: bool,
    /// One line of help.
    pub help: &'static str,
}

impl Keyword {
    const fn new(begins: Begins, word: &'static str, help: &'static str) -> Self {
        Self { word, also: None, begins, operand: false, help }
    }

    const fn also(self, spelling: &'static str) -> Self {
        Self { also: Some(spelling), ..self }
    }

    const fn operand(self) -> Self {
        Self { operand: true, ..self }
    }

    /// Whether a text is this word; case does not matter.
    pub fn is(&self, text: &str) -> bool {
        let same = |word: &str| word.eq_ignore_ascii_case(text);
        same(self.word) || self.also.is_some_and(same)
    }
}

/// The keyword that a text is.
pub fn find(text: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|k| k.is(text))
}

/// The words that begin this, in the order in which they are offered.
pub fn beginning(what: Begins) -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().filter(move |k| k.begins == what).map(|k| k.word)
}

/// The word of a clause that a text is.
pub fn clause(text: &str) -> Option<&'static str> {
    find(text).filter(|k| k.begins == Begins::Clause).map(|k| k.word)
}

const fn statement(word: &'static str, help: &'static str) -> Keyword {
    Keyword::new(Begins::Statement, word, help)
}

const fn definition(word: &'static str, help: &'static str) -> Keyword {
    Keyword::new(Begins::Definition, word, help)
}

const fn clause_word(word: &'static str, help: &'static str) -> Keyword {
    Keyword::new(Begins::Clause, word, help)
}

const fn within(word: &'static str, help: &'static str) -> Keyword {
    Keyword::new(Begins::Nothing, word, help)
}

const fn sql(word: &'static str, help: &'static str) -> Keyword {
    Keyword::new(Begins::Sql, word, help)
}

/// Every word of the grammar.
pub const KEYWORDS: &[Keyword] = &[
    // Statements.
    statement("search", "find the best candidates"),
    statement("estimate", "price one candidate or every row of a relation"),
    statement("explain", "show the plan of a question, the ops or a metric of a row"),
    statement("why", "why a candidate is not the answer"),
    statement("diff", "what changed between two answers"),
    statement("sensitivity", "what a row's numbers depend on"),
    statement("frontier", "where the winner changes as a bound moves"),
    statement("set", "change a setting"),
    statement("show", "list models, systems, metrics, rules, settings, tables"),
    statement("let", "name a result"),
    statement("plot", "draw the compromises of a result"),
    statement("save", "write results to a folder"),
    statement("generate", "write the files that deploy a row"),
    statement("include", "run a file"),
    statement("attach", "add a data directory"),
    statement("assert", "fail unless a claim about an answer holds").operand(),
    statement("select", "SQL"),
    // The model text.
    definition("define", "add a metric"),
    definition("rule", "a condition that candidates must meet"),
    definition("axis", "a size or a choice, with the values it takes by default"),
    definition("architecture", "what a family of models is made of"),
    definition("operation", "an operation of a model, and what prices it"),
    definition("mode", "a serving mode: its workers and what they run"),
    definition("engine", "what one engine does otherwise than all"),
    definition("quant", "a precision: bytes of a value, and what computes with it"),
    definition("vary", "what `sensitivity` varies"),
    definition("limit", "the values that a name can have"),
    definition("column", "a column of answers, and what it means"),
    definition("meaning", "what a name means"),
    definition("compromise", "what is drawn where a question does not say"),
    definition("alias", "what a name is called elsewhere"),
    definition("unmodelled", "names of what is not modelled"),
    definition("assume", "what answers take for granted, in a sentence"),
    definition("ranking", "what is best where a question does not say"),
    definition("rows", "rows that several architectures have"),
    // Clauses of a question.
    clause_word("for", "the model, or the values to ask for one by one").operand(),
    clause_word("on", "the system and number of GPUs").operand(),
    clause_word("using", "the backend"),
    clause_word("serving", "the requests").operand(),
    clause_word("as", "the serving modes"),
    clause_word("where", "conditions").operand(),
    clause_word("prefer", "soft conditions").operand(),
    clause_word("maximize", "the objective").also("maximise").operand(),
    clause_word("minimize", "the objective").also("minimise").operand(),
    clause_word("pareto", "the compromises of several objectives").operand(),
    clause_word("top", "how many rows").operand(),
    clause_word("with", "what if: other hardware, kernels, settings"),
    Keyword::new(Begins::Item, "mix", "classes of requests").operand(),
    // SQL beside `select` and `with`.
    sql("describe", "the columns of a table, or what is known of a name"),
    sql("copy", "write rows to a file"),
    sql("create", "name a table or a view"),
    sql("values", "rows that are written out"),
    sql("insert", "add rows to a table"),
    sql("drop", "forget a table or a view"),
    // Within statements and clauses.
    within("analyze", "`explain analyze`: run it, and show what each node did"),
    within("verbose", "`explain verbose`: the plan of SQL in all its steps"),
    within("ops", "`explain ops`: the operations of a row"),
    within("metric", "`explain metric`, `define metric`"),
    within("from", "the relation to estimate").operand(),
    within("per", "of each value of a column; once for each layer or stage"),
    within("distinct", "of rows that agree in these columns, the best one"),
    within("weight", "how much a soft condition, an operation or a position counts").operand(),
    within("fail_ratio", "the share of requests that may miss a bound").operand(),
    within("hard", "missing a soft condition is a failure"),
    within("by", "the factor of a range, or the column of a colour").operand(),
    within("step", "the distance between the values of a range").operand(),
    within("color", "`color by`: the column whose values are series").also("colour").operand(),
    within("to", "where to write, or what `sensitivity` varies"),
    within("force", "write over what others put there"),
    within("price", "the price of a GPU; what an operation costs"),
    within("table", "`diff table`: the measurements of one table"),
    within("tables", "`diff tables`: the measurements of all tables"),
    within("within", "how far a value may be off").operand(),
    within("of", "what a value should be").operand(),
    // Within expressions.
    within("and", "both conditions").operand(),
    within("or", "either condition").operand(),
    within("not", "the opposite of a condition").operand(),
    within("in", "one of a list").operand(),
    within("between", "from one bound to another; the two sides of a comparison").operand(),
    within("if", "`if CONDITION then VALUE else VALUE`").operand(),
    within("then", "the value where the condition holds").operand(),
    within("else", "the value otherwise; what a rule says; the next alternative").operand(),
    within("sum", "`sum(VALUE for NAME in LIST)`"),
    within("true", "the condition that always holds"),
    within("false", "the condition that never holds"),
    within("null", "no value"),
    // Within definitions.
    within("when", "applies only then").operand(),
    within("require", "what must hold").operand(),
    within("higher", "more is better"),
    within("lower", "less is better"),
    within("whole", "the values are whole numbers"),
    within("times", "a further factor").operand(),
    // Within architectures.
    within("like", "architectures whose definitions and rows come first"),
    within("once", "rows that run once"),
    within("context", "only in prefill"),
    within("generation", "only in decode"),
    within("encoder", "only in the encoder of images"),
    within("draft", "only in the draft layers of speculative decoding"),
    within("overlap", "lanes that run side by side"),
    within("lane", "rows that run beside those of other lanes"),
    within("use", "rows that have a name"),
    within("role", "what a row does, such as attention"),
    // Within serving modes.
    within("pool", "workers that are equal"),
    within("pass", "a sum over the ops of one phase"),
    within("profile", "a pass at each of several sizes"),
    within("simulation", "requests that are followed one by one"),
    within("only", "the ops of one role"),
    within("except", "all ops but those of one role"),
    within("at", "the sizes at which a pass is priced").operand(),
    within("over", "the positions that a pass is summed over"),
];
