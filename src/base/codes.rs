//! The codes of errors: one for each kind of mistake or trouble, never used for another.
//!
//! `01xx` syntax, `02xx` names and units, `03xx` models and architectures, `04xx` measurements and
//! systems, `05xx` infeasible, `06xx` files and import, `07xx` generated files, `08xx` lints, `09xx`
//! internal. `docs/errors.md` has a section on each.

use std::fmt;

macro_rules! codes {
    ($($(#[$meaning:meta])* $name:ident = $text:literal,)*) => {
        /// What is wrong, as a stable code such as `AIQ0203`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$meaning])* $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as it is printed.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The text is not understood here.
    Syntax = "AIQ0101",
    /// A number cannot be read.
    BadNumber = "AIQ0102",
    /// The text nests too deeply.
    TooDeep = "AIQ0103",
    /// Something stands where only one may.
    GivenTwiceHere = "AIQ0104",
    /// No such kind of axis.
    NoSuchAxisKind = "AIQ0105",
    /// A coordinate has no name.
    UnnamedCoordinate = "AIQ0106",
    /// SQL is not understood here.
    SqlSyntax = "AIQ0107",
    /// A column cannot be this.
    NoSuchColumnWord = "AIQ0108",
    /// No such name.
    NoSuchName = "AIQ0201",
    /// No such unit.
    NoSuchUnit = "AIQ0202",
    /// A unit is missing.
    MissingUnit = "AIQ0203",
    /// Quantities of different kinds.
    MixedUnits = "AIQ0204",
    /// Must be known beforehand.
    NotKnownBeforehand = "AIQ0205",
    /// Values of the wrong kind.
    WrongKind = "AIQ0206",
    /// A function cannot be called like this.
    WrongArguments = "AIQ0207",
    /// Needs a simulation of requests.
    NeedsSimulation = "AIQ0208",
    /// No such serving mode.
    NoSuchMode = "AIQ0209",
    /// The values of an axis are wrong.
    BadAxis = "AIQ0210",
    /// Which pool?
    WhichPool = "AIQ0211",
    /// A count or list is needed.
    NotACount = "AIQ0212",
    /// A name is needed.
    NotAName = "AIQ0213",
    /// A preference compares a metric with a bound.
    BadPreference = "AIQ0214",
    /// SQL cannot be planned.
    SqlPlan = "AIQ0215",
    /// SQL failed while running.
    SqlFailed = "AIQ0216",
    /// SQL beyond what is supported.
    SqlUnsupported = "AIQ0217",
    /// Nothing to search.
    NothingToSearch = "AIQ0218",
    /// No such setting or table.
    NoSuchSetting = "AIQ0219",
    /// Cannot be shown.
    NotShown = "AIQ0220",
    /// No plan to explain.
    NothingToExplain = "AIQ0221",
    /// No such result.
    NoSuchResult = "AIQ0222",
    /// A plot needs two columns.
    NoSuchPlotColumn = "AIQ0223",
    /// No such form of a plot.
    NoSuchPictureFormat = "AIQ0224",
    /// Ops are explained for one candidate.
    NotOneCandidate = "AIQ0225",
    /// No such rank.
    NoSuchRank = "AIQ0226",
    /// No such table of measurements.
    NoSuchOpTable = "AIQ0227",
    /// No such column to count per.
    NoSuchColumn = "AIQ0228",
    /// No such data mode.
    NoSuchDataMode = "AIQ0229",
    /// No such origin.
    NoSuchOrigin = "AIQ0230",
    /// No answer to assert about.
    NothingToAssert = "AIQ0231",
    /// No such code.
    NoSuchCode = "AIQ0232",
    /// No such metric to explain.
    NoSuchMetric = "AIQ0233",
    /// No such side of a comparison.
    NoSuchSide = "AIQ0234",
    /// Not a search.
    NotASearch = "AIQ0235",
    /// No such candidate.
    NoSuchCandidate = "AIQ0236",
    /// No such table.
    NoSuchTable = "AIQ0237",
    /// One budget of GPUs holds for all systems.
    OneBudget = "AIQ0238",
    /// One version of a backend stands in `using`.
    OneVersion = "AIQ0242",
    /// No such rule of repairs.
    NoSuchRepair = "AIQ0239",
    /// No price is set.
    NoPriceSet = "AIQ0240",
    /// A figure is not known.
    UnknownFigure = "AIQ0241",
    /// Which system?
    WhichSystem = "AIQ0245",
    /// A clause that is not for measurements.
    NotForMeasurements = "AIQ0246",
    /// Too many colours.
    TooManyColors = "AIQ0247",
    /// A version needs the name of its backend.
    VersionWithoutBackend = "AIQ0250",
    /// Drafted and accepted tokens belong together.
    DraftsWithoutAcceptance = "AIQ0251",
    /// No such key in an experiment file.
    NoSuchExperimentKey = "AIQ0252",
    /// A key of an experiment file is not taken.
    ExperimentKeyNotTaken = "AIQ0253",
    /// A value of an experiment file has the wrong form.
    BadExperimentValue = "AIQ0254",
    /// An experiment lacks a key.
    MissingExperimentKey = "AIQ0255",
    /// Something there is not from aiq.
    NotOurs = "AIQ0256",
    /// What is saved is not a result.
    NotAResult = "AIQ0257",
    /// A result without serving modes cannot be saved.
    NotSaveable = "AIQ0258",
    /// No experiments in the file.
    NoExperiments = "AIQ0259",
    /// The shares of a mix are not 100 %.
    BadShares = "AIQ0271",
    /// Two classes of one name.
    ClassNamedTwice = "AIQ0272",
    /// A class has one value of each name.
    ClassHasOneValue = "AIQ0273",
    /// A value beside a mix has no effect.
    NoEffectBesideMix = "AIQ0274",
    /// Classes cannot differ in this.
    NotPerClass = "AIQ0275",
    /// This has no mean over the classes of a mix.
    NoMeanOverClasses = "AIQ0276",
    /// Nothing of that name can be supposed.
    NothingToSuppose = "AIQ0280",
    /// What is supposed cannot be.
    NotSupposable = "AIQ0281",
    /// No winner to follow.
    NoWinner = "AIQ0282",
    /// A sweep has many winners.
    ManyWinners = "AIQ0283",
    /// A value that this cannot have.
    BeyondLimit = "AIQ0285",
    /// A sum has too many terms.
    TooManyTerms = "AIQ0287",
    /// No such model.
    NoSuchModel = "AIQ0301",
    /// The checkpoint cannot be used.
    BadCheckpoint = "AIQ0302",
    /// A precision is incomplete.
    IncompletePrecision = "AIQ0303",
    /// No architecture covers the model.
    NoArchitecture = "AIQ0304",
    /// A definition uses itself.
    DefinedByItself = "AIQ0305",
    /// No such operation or rows.
    NoSuchOperation = "AIQ0306",
    /// Arguments are missing.
    MissingArgument = "AIQ0307",
    /// A serving mode has no pool or two.
    PoolsOfMode = "AIQ0308",
    /// A number that no model has.
    ImpossibleModel = "AIQ0309",
    /// No such system.
    NoSuchSystem = "AIQ0401",
    /// No data for the backend on this system.
    NoSuchBackend = "AIQ0402",
    /// No such version.
    NoSuchVersion = "AIQ0403",
    /// A data directory or source cannot be read.
    UnreadableData = "AIQ0404",
    /// The GPU lacks this arithmetic.
    NoArithmetic = "AIQ0405",
    /// A measurement is missing.
    NotMeasured = "AIQ0406",
    /// An op cannot be priced.
    NotPriceable = "AIQ0407",
    /// No such table in this data.
    TableNotInData = "AIQ0408",
    /// A data directory says what it cannot.
    ImpossibleData = "AIQ0409",
    /// No such precision.
    NoSuchPrecision = "AIQ0410",
    /// An assertion does not hold.
    AssertionFailed = "AIQ0501",
    /// A file has no assertions.
    NoAssertions = "AIQ0502",
    /// What to import is not clear.
    NothingToImport = "AIQ0601",
    /// Every row is wrong.
    EveryRowWrong = "AIQ0602",
    /// The import cannot be written.
    ImportNotWritten = "AIQ0603",
    /// A file cannot be read.
    UnreadableFile = "AIQ0604",
    /// A file cannot be included.
    NotIncluded = "AIQ0605",
    /// No such directory.
    NoSuchDirectory = "AIQ0606",
    /// No files of statements.
    NoStatementFiles = "AIQ0608",
    /// No such profile.
    NoSuchProfile = "AIQ0609",
    /// The statement writes.
    WritesRefused = "AIQ0620",
    /// The file is there already.
    FileExists = "AIQ0621",
    /// Statements may not read files.
    FilesRefused = "AIQ0622",
    /// More memory than the limit.
    MemoryExhausted = "AIQ0630",
    /// More rows than fit the format.
    TooManyRows = "AIQ0631",
    /// No size of memory.
    BadMemorySize = "AIQ0632",
    /// An argument is not UTF-8 text.
    ArgumentNotUtf8 = "AIQ0633",
    /// Binary output on a terminal.
    BinaryToTerminal = "AIQ0651",
    /// No such format.
    NoSuchFormat = "AIQ0652",
    /// A binary format holds one relation.
    SeveralRelations = "AIQ0653",
    /// A file of statements cannot be read.
    UnreadableStatements = "AIQ0654",
    /// Not UTF-8 text.
    NotUtf8 = "AIQ0655",
    /// The output cannot be written.
    OutputNotWritten = "AIQ0656",
    /// `\i` needs a file.
    NoFileGiven = "AIQ0657",
    /// No such command of the shell.
    NoSuchShellCommand = "AIQ0658",
    /// The output file cannot be opened.
    OutputNotOpened = "AIQ0659",
    /// The terminal does not answer.
    TerminalFailed = "AIQ0660",
    /// Results cannot be written.
    ResultsNotWritten = "AIQ0661",
    /// No picture can be drawn.
    PictureNotDrawn = "AIQ0662",
    /// No such topic of help.
    NoSuchHelpTopic = "AIQ0663",
    /// A command of the shell is incomplete.
    IncompleteShellCommand = "AIQ0664",
    /// The editor failed.
    EditorFailed = "AIQ0665",
    /// A name would lead elsewhere.
    NameLeadsElsewhere = "AIQ0669",
    /// No files are generated for this.
    NoSuchPlatform = "AIQ0701",
    /// A setting that the engine does not accept.
    FlagNotAccepted = "AIQ0702",
    /// The files need a value that is absent.
    MissingDeployValue = "AIQ0703",
    /// A definition of the files is missing.
    MissingDeployDefinition = "AIQ0704",
    /// A whole number is needed.
    NotWhole = "AIQ0705",
    /// No release is known to deploy this.
    NoRelease = "AIQ0706",
    /// No name for Kubernetes.
    NotAKubernetesName = "AIQ0707",
    /// The row cannot be deployed.
    NotDeployable = "AIQ0708",
    /// Accepted flags cannot be read.
    UnreadableFlags = "AIQ0710",
    /// A value of the user for generated files is wrong.
    BadUserValue = "AIQ0711",
    /// A model and a system are needed.
    ModelAndSystemNeeded = "AIQ0712",
    /// The saved answer cannot be used.
    SavedAnswerUnusable = "AIQ0713",
    /// The saved answer says too little.
    SavedAnswerIncomplete = "AIQ0714",
    /// A secret would be readable.
    SecretReadable = "AIQ0715",
    /// A name is never used.
    NeverUsed = "AIQ0801",
    /// A setting has no effect.
    NoEffect = "AIQ0802",
    /// Defaults shape the answer.
    DefaultsShapeAnswer = "AIQ0803",
    /// A name is given twice.
    NameGivenTwice = "AIQ0804",
    /// A bug in the parser or templates.
    ParserBug = "AIQ0901",
    /// A bug in the planner.
    PlannerBug = "AIQ0902",
    /// A thread ended early.
    ThreadEnded = "AIQ0903",
    /// Cancelled.
    Cancelled = "AIQ0904",
    /// A bug below the planner.
    EngineBug = "AIQ0905",
    /// The formatter refuses.
    FormatterRefuses = "AIQ0906",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == *text
    }
}
