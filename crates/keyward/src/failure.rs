//! How a command ends when it does not end well: an exit code that means something, and a text that helps.

use std::fmt;

use keyward_model::FieldError;
use keyward_model::problem::Problem;

/// What a program that calls `keyward` can tell from its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It was done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The command line, the configuration or a file is wrong: nothing was tried.
    Usage = 2,
    /// The token is missing, not good, or not allowed to do this.
    NotAllowed = 3,
    /// There is no such thing.
    NotFound = 4,
    /// It conflicts with what is there, or was changed in the meantime.
    Conflict = 5,
    /// Keyward cannot be reached.
    Unreachable = 6,
}

impl Exit {
    /// Every code with its meaning, for the reference.
    pub const ALL: [(Exit, &'static str); 7] = [
        (Exit::Done, "it was done"),
        (Exit::Failed, "it failed"),
        (Exit::Usage, "the command line, the configuration or a file is wrong; nothing was tried"),
        (Exit::NotAllowed, "the token is missing, not good, or not allowed to do this"),
        (Exit::NotFound, "there is no such thing"),
        (Exit::Conflict, "it conflicts with what is there, or was changed in the meantime"),
        (Exit::Unreachable, "Keyward, or its store, cannot be reached"),
    ];

    /// The code for an answer with `status`.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::NotAllowed,
            404 | 410 => Self::NotFound,
            409 | 412 => Self::Conflict,
            400 | 422 => Self::Usage,
            502..=504 => Self::Unreachable,
            _ => Self::Failed,
        }
    }
}

/// Why a command failed, for people and for programs. Never holds a secret.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What happened, and to what.
    pub what: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// Further lines: one for each field that is wrong.
    pub lines: Vec<String>,
    /// The answer that said so, if one did.
    pub problem: Option<Box<Problem>>,
}

impl Failure {
    /// A failure that ends the process with `exit`.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), remedy: None, lines: Vec::new(), problem: None }
    }

    /// Ends the process with nothing more to say.
    pub fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// The command line or a file is wrong.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Something did not work.
    pub fn failed(what: impl Into<String>) -> Self {
        Self::new(Exit::Failed, what)
    }

    /// The same failure with what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The same failure with a line for each field that is wrong.
    #[must_use]
    pub fn with_fields(mut self, errors: &[FieldError]) -> Self {
        self.lines.extend(errors.iter().map(ToString::to_string));
        self
    }

    /// For programs: the problem as answered, or one line of JSON in its manner.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.problem {
            Some(problem) => serde_json::to_value(problem).unwrap_or_default(),
            None => serde_json::json!({
                "detail": self.what,
                "remedy": self.remedy,
                "lines": self.lines,
            }),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        // Where fields are named, the detail only repeats them.
        let detail = if problem.errors.is_empty() { format!(": {}", problem.detail) } else { String::new() };
        let mut what = format!("{}{detail} ({})", problem.title, problem.code);
        if let Some(scopes) = &problem.required_scope {
            what.push_str(&format!("; it needs {scopes}"));
        }
        let mut failure = Self::new(Exit::of_status(problem.status), what).with_fields(&problem.errors);
        if !problem.request_id.is_empty() {
            failure.lines.push(format!("request {}", problem.request_id));
        }
        failure.problem = Some(Box::new(problem));
        failure
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Whoever was reading the output has gone: `keyward ... | head` is no failure.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::silent(Exit::Done)
        } else {
            Self::failed(error.to_string())
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        for line in &self.lines {
            write!(f, "\n  {line}")?;
        }
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;
    use keyward_model::Code;

    #[test]
    fn a_problem_keeps_its_fields_and_finds_its_exit_code() {
        let mut problem = Problem::new(Code::FieldInvalid, "One field is wrong.", "r1");
        problem.errors.push(FieldError::new("routes[2].path", "is wrong", "mend it"));
        let failure = Failure::from(problem);
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.to_string().contains("`routes[2].path` is wrong; mend it"), "{failure}");
    }

    #[test]
    fn exit_codes_are_numbered_as_documented() {
        for (number, (exit, _)) in Exit::ALL.iter().enumerate() {
            assert_eq!(*exit as usize, number);
        }
        assert_eq!(Exit::of_status(412), Exit::Conflict);
        assert_eq!(Exit::of_status(503), Exit::Unreachable);
    }
}
