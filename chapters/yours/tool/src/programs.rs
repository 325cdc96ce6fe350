//! What runs on the reader's executor: the programs, and the race.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{Built, build, cargo, no_cargo};
use crate::check::ranges;
use crate::steps::{Number, Step, Steps};
use crate::{End, Problem, say};

/// A line of `programs --list`.
struct Program {
    name: String,
    /// The steps that it stands on.
    needs: Vec<Number>,
    about: String,
}

impl Program {
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        let (name, needs, about) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            name,
            needs: needs.split(' ').filter_map(Number::parse).collect(),
            about,
        })
    }

    /// What it needs of `some`.
    fn needs<'a>(&self, some: impl Iterator<Item = &'a Step>) -> Vec<&'a Step> {
        some.filter(|step| self.needs.contains(&step.number)).collect()
    }

    /// What it needs and is not done.
    fn lacks<'a>(&self, steps: &'a Steps) -> Vec<&'a Step> {
        self.needs(steps.all.iter().filter(|step| !steps.is_done(step)))
    }
}

/// `cargo run -- yours run [PROGRAM] [ARGUMENTS]`, and somewhere among them `--stand-in`.
pub fn run(steps: &Steps, words: &[&str]) -> Result<End, Problem> {
    let (stand_in, words): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| **word == "--stand-in");
    let may_stand_in = !stand_in.is_empty();
    // What the reader has written runs as it is, unless they want the solutions.
    let written = steps.written();
    let own: Vec<&str> = match may_stand_in {
        true => steps.own(),
        false => written.iter().map(|step| &*step.module).collect(),
    };
    let Executable { program, broken, errors } = executable(steps, own)?;
    let programs = list(&program)?;
    let is_broken = |step: &&Step| broken.contains(&step.number);
    let broken: Vec<&Step> = steps.all.iter().filter(is_broken).collect();
    let Some((&name, args)) = words.split_first() else {
        show(steps, &programs);
        return Ok(End::Right);
    };
    let Some(wanted) = programs.iter().find(|program| program.name == name) else {
        let names = programs.iter().map(|program| format!("\n  {}", program.name));
        let names: String = names.collect();
        return Err(Problem::Use(format!(
            "there is no program `{name}`. These are there:{names}"
        )));
    };
    let again = format!("cargo run -- yours run {} --stand-in", words.join(" "));
    let needed = wanted.needs(broken.iter().copied());
    if !needed.is_empty() {
        let which = ranges(steps, &needed);
        return Err(Problem::Fault(format!(
            "{name} needs {which}, which does not compile yet.\n\n{errors}\
             To run it with the solution: {again}"
        )));
    }
    if !broken.is_empty() {
        let which = ranges(steps, &broken);
        let text = format!("{which}: does not compile yet, and {name} does not need it.");
        say::note(&say::wrap(&text));
    }
    let unsure: Vec<&Step> =
        written.into_iter().filter(|step| !steps.is_done(step)).collect();
    let mut lacks = wanted.lacks(steps);
    if !may_stand_in {
        lacks.retain(|step| unsure.iter().all(|other| other.number != step.number));
        let as_they_are = wanted.needs(unsure.into_iter());
        if !as_they_are.is_empty() {
            let which = ranges(steps, &as_they_are);
            say::note(&say::wrap(&format!("{which}: unchecked, run as written.")));
        }
    }
    if !lacks.is_empty() {
        let which = ranges(steps, &lacks);
        if !may_stand_in {
            return Err(Problem::Fault(format!(
                "{name} needs {which}, which you have not done yet.\nTo run it with the \
                 solutions of these: {again}"
            )));
        }
        say::note(&say::wrap(&format!("For {which} the solutions stand in.")));
    }
    let mut command = Command::new(&program);
    command.arg(name).args(args);
    Err(Problem::Fault(format!("cannot start {}: {}", program.display(), command.exec())))
}

/// `programs`, and the steps whose files do not compile: their solutions stand in.
struct Executable {
    program: PathBuf,
    broken: Vec<Number>,
    errors: String,
}

/// Builds `programs` of the reader's modules and the solutions of the rest.
fn executable<'a>(
    steps: &'a Steps,
    mut own: Vec<&'a str>,
) -> Result<Executable, Problem> {
    let (mut broken, mut all_errors) = (Vec::new(), String::new());
    loop {
        say::for_now("building ...");
        let built = build(&steps.book, "programs", &own, 3)?;
        say::clear_line();
        let errors = match built {
            Built::Program(program) => {
                return Ok(Executable { program, broken, errors: all_errors });
            }
            Built::Errors(errors) => errors,
            Built::Failed(said) => {
                let text = format!("cargo could not build the programs.\n\n{said}");
                return Err(Problem::Fault(text));
            }
        };
        let has_error =
            |step: &Step| errors.iter().any(|error| error.file == steps.file(step));
        let at_fault = steps.all.iter().filter(|step| own.contains(&&*step.module));
        let at_fault: Vec<&Step> = at_fault.filter(|step| has_error(step)).collect();
        all_errors.extend(errors.iter().map(|error| format!("{}\n", error.text)));
        if at_fault.is_empty() {
            let text = format!("the programs do not compile.\n\n{all_errors}");
            return Err(Problem::Fault(text));
        }
        own.retain(|module| at_fault.iter().all(|step| step.module != *module));
        broken.extend(at_fault.iter().map(|step| step.number));
    }
}

fn list(program: &Path) -> Result<Vec<Program>, Problem> {
    let output = Command::new(program).arg("--list").output().map_err(|error| {
        Problem::Fault(format!("cannot start {}: {error}", program.display()))
    })?;
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(lines.lines().filter_map(Program::parse).collect())
}

fn show(steps: &Steps, programs: &[Program]) {
    if programs.is_empty() {
        say::print("There are no programs yet.\n");
        return;
    }
    say::print(&format!("{}\n\n", say::bold("What runs on your executor")));
    let name = programs.iter().map(|program| program.name.len()).max().unwrap_or(0);
    for program in programs {
        let is_whole = program.lacks(steps).is_empty();
        let sign = if is_whole { say::green("✓") } else { say::dim("·") };
        let last = program.needs.last().map(Number::to_string).unwrap_or_default();
        let from = say::dim(&format!("{last:<4}"));
        let first = format!("  {sign} {:<name$}  {from}  ", program.name);
        say::print(&say::hang(&first, say::columns(&first), &program.about));
    }
    let text = "The numbers are those of the last step that a program stands on.";
    say::print(&format!("\n{}", say::wrap(text)));
    say::print("\n  cargo run -- yours run NAME\n");
}

/// `cargo run -- yours race [ARGUMENTS]`.
pub fn race(steps: &Steps, words: &[&str]) -> Result<End, Problem> {
    let mut command = cargo();
    command.args(["run", "--release", "--manifest-path"]);
    command.arg(steps.book.root.join("benches/Cargo.toml"));
    command.arg("--target-dir").arg(steps.book.target.with_file_name("peers"));
    command.args(["--bin", "race", "--"]).args(words);
    command.env("YOURS_ROOT", &steps.book.root);
    command.env("YOURS_OWN", steps.own().join(" "));
    say::note("The first time takes some minutes: cargo builds tokio, optimised.\n");
    Err(Problem::Fault(no_cargo(&command.exec())))
}
