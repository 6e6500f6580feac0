//! Where results go that have a format: files, of which each is written as a whole at the
//! end, and standard output.

use std::io;
use std::path::{Path, PathBuf};

use mfn_output::{Output, STANDARD_OUTPUT};

use crate::failure::Failure;

/// A format, and the flag that asks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub(crate) flag: &'static str,
    pub(crate) name: &'static str,
    /// How the names of its files end.
    pub(crate) endings: &'static [&'static str],
    /// Whether a terminal shows it.
    pub(crate) is_text: bool,
}

/// Those of a command.
#[derive(Debug, Default)]
pub(crate) struct ResultFiles {
    /// What goes to standard output: only one thing can.
    printed: Option<&'static str>,
}

impl ResultFiles {
    /// Whether JSON is printed to standard output already.
    pub(crate) fn beside(json: bool) -> Self {
        Self { printed: json.then_some("--json") }
    }

    /// The file at `path`, if there is one. It is looked at before what goes there is
    /// computed, so that nobody waits for what cannot be written.
    ///
    /// # Errors
    /// It is named as if it were of another format, is a terminal that does not show it,
    /// cannot be written, or is standard output and not free.
    pub(crate) fn open(
        &mut self,
        format: Format,
        path: Option<&Path>,
    ) -> Result<Option<ResultFile>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let Format { flag, name, .. } = format;
        let output = Output::open(path).map_err(|error| cannot_write(path, error))?;
        if output.is_standard_output() {
            if let Some(printed) = self.printed {
                return Err(Failure::Usage(format!(
                    "{flag} {} and {printed} would both write to standard output: name a file for \
                     one of them",
                    path.display()
                )));
            }
            self.printed = Some(flag);
        }
        if output.is_terminal() && !format.is_text {
            return Err(Failure::Usage(format!(
                "{flag} would write to a terminal, which shows no {name}: name a file, or send \
                 standard output to one"
            )));
        }
        if output.is_file() {
            format.check_ending(path)?;
        }
        Ok(Some(ResultFile { path: path.to_owned(), output }))
    }

    /// Where a text for people goes: to standard output, or beside it if that is taken.
    pub(crate) fn text(&self) -> Output {
        match self.printed {
            Some(_) => Output::standard_error(),
            None => Output::standard(),
        }
    }
}

impl Format {
    /// # Errors
    /// The name of a file says that something else is in it. A name without an ending says
    /// nothing.
    pub(crate) fn check_ending(self, path: &Path) -> Result<(), Failure> {
        let Self { flag, name, endings, .. } = self;
        let is_its = path
            .extension()
            .is_none_or(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)));
        if is_its {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "{flag} writes {name}, and the name '{}' says otherwise: let it end in .{}, have no \
             ending, or be {STANDARD_OUTPUT} for standard output",
            path.display(),
            endings.join(" or .")
        )))
    }
}

/// A file for one result, or standard output.
#[derive(Debug)]
pub(crate) struct ResultFile {
    path: PathBuf,
    output: Output,
}

impl ResultFile {
    /// Writes it as a whole, so that an older one is not lost before.
    ///
    /// # Errors
    /// It cannot be written, or not to its end.
    pub(crate) fn write(self, result: &[u8]) -> Result<(), Failure> {
        self.output.write(result).map_err(|error| cannot_write(&self.path, error))
    }
}

/// What is said of a result that cannot be written to what `path` names.
pub(crate) fn cannot_write(path: &Path, error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::NobodyReads,
        _ if path.as_os_str() == STANDARD_OUTPUT => error.into(),
        _ => Failure::work(format_args!("cannot write {}", path.display()), error),
    }
}
