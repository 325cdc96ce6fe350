//! A module of the library uses only modules of earlier chapters.

use std::collections::HashMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::project::Project;
use crate::quote::Shown;
use crate::report::Report;
use crate::source::Source;

/// A module of the library, in the order of `src/lib.rs`.
struct Module {
    name: String,
    line: usize,
}

/// A path such as `crate::wheel::Wheel`: the part behind `crate`.
struct Use {
    line: usize,
    first: String,
}

pub fn check(project: &Project, shown: &Shown, report: &mut Report) {
    let Some(lib) = project.sources.get("src/lib.rs") else { return };
    let modules = modules(lib);
    check_chapters(project, &modules, shown, report);
    let order: HashMap<&str, usize> =
        modules.iter().enumerate().map(|(n, module)| (module.name.as_str(), n)).collect();
    let reexports = reexports(lib, &order);
    for source in project.sources.values() {
        let Some(path) = module_path(&source.path) else { continue };
        let Some(&place) = path.first().and_then(|name| order.get(name.as_str())) else {
            continue;
        };
        let mut uses = Vec::new();
        collect_uses(source.tokens.clone(), &path, &mut uses);
        for Use { line, first } in uses {
            let module = reexports.get(&first).unwrap_or(&first);
            if order.get(module.as_str()).is_some_and(|&used| used > place) {
                report.fail(
                    &source.path,
                    line,
                    format!(
                        "`{}` uses `{module}`, which a later chapter builds (the order is \
                         that of src/lib.rs); move what it needs to an earlier module.",
                        path[0]
                    ),
                );
            }
        }
    }
}

/// The modules that `src/lib.rs` declares as files.
fn modules(lib: &Source) -> Vec<Module> {
    let module = |item: &crate::source::Item| {
        let name = item.name().strip_prefix("mod ")?.to_owned();
        let is_file = item.parent.is_none() && item.opens.is_none();
        is_file.then_some(Module { name, line: item.start })
    };
    lib.items.iter().filter_map(module).collect()
}

/// Which module a name at the root of the crate comes from.
fn reexports(lib: &Source, order: &HashMap<&str, usize>) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for item in &lib.items {
        let Some(tree) = item.name().strip_prefix("use ") else { continue };
        let words: Vec<&str> = tree
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty() && !["crate", "self", "as"].contains(word))
            .collect();
        if let Some((module, names_in)) = words.split_first()
            && order.contains_key(module)
        {
            for name in names_in {
                names.insert((*name).to_owned(), (*module).to_owned());
            }
        }
    }
    names
}

/// The modules around a file of `src/`: `["task", "waker"]` for `src/task/waker.rs`.
pub fn module_path(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(path.split('/').map(str::to_owned).collect())
}

/// Finds the paths that begin with `crate` or `super`, inside macros too.
fn collect_uses(tokens: TokenStream, path: &[String], uses: &mut Vec<Use>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let inner = inline_module(&tokens[..at], group.delimiter());
                let path: Vec<String> = path.iter().cloned().chain(inner).collect();
                collect_uses(group.stream(), &path, uses);
            }
            TokenTree::Ident(word) if word == "crate" => {
                collect_firsts(&tokens[at + 1..], 0, uses);
            }
            TokenTree::Ident(word) if word == "super" && !follows_path(&tokens[..at]) => {
                collect_firsts(&tokens[at + 1..], path.len() - 1, uses);
            }
            _ => {}
        }
    }
}

/// The name of the module whose braces follow these tokens.
fn inline_module(before: &[TokenTree], delimiter: Delimiter) -> Option<String> {
    match before {
        [.., TokenTree::Ident(keyword), TokenTree::Ident(name)]
            if keyword == "mod" && delimiter == Delimiter::Brace =>
        {
            Some(name.to_string())
        }
        _ => None,
    }
}

fn follows_path(before: &[TokenTree]) -> bool {
    matches!(before.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

/// Notes what follows `crate` or `super`, if that is at the root: `left` modules lie
/// between, each left by one more `super`.
fn collect_firsts(tokens: &[TokenTree], left: usize, uses: &mut Vec<Use>) {
    let [TokenTree::Punct(a), TokenTree::Punct(b), next, rest @ ..] = tokens else {
        return;
    };
    if a.as_char() != ':' || b.as_char() != ':' {
        return;
    }
    match next {
        TokenTree::Ident(word) if word == "super" => {
            if let Some(left) = left.checked_sub(1) {
                collect_firsts(rest, left, uses);
            }
        }
        TokenTree::Ident(word) if left == 0 => {
            uses.push(Use { line: word.span().start().line, first: word.to_string() });
        }
        TokenTree::Group(group) if left == 0 => {
            let mut begins = true;
            for token in group.stream() {
                if let (true, TokenTree::Ident(word)) = (begins, &token) {
                    let line = word.span().start().line;
                    uses.push(Use { line, first: word.to_string() });
                }
                begins =
                    matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
            }
        }
        _ => {}
    }
}

/// The modules stand in `src/lib.rs` in the order of their chapters. The chapter of a
/// module is the one that shows most of it.
fn check_chapters(
    project: &Project,
    modules: &[Module],
    shown: &Shown,
    report: &mut Report,
) {
    let mut before: Option<(&Module, usize)> = None;
    for module in modules {
        let Some(chapter) = chapter_of(&module.name, shown) else { continue };
        if let Some((earlier, later_chapter)) = before
            && chapter < later_chapter
        {
            report.fail(
                "src/lib.rs",
                module.line,
                format!(
                    "`{}` stands behind `{}`, but {} comes before {}; put the modules in \
                     the order of their chapters.",
                    module.name,
                    earlier.name,
                    project.chapters[chapter],
                    project.chapters[later_chapter]
                ),
            );
        }
        before = Some((module, chapter));
    }
}

/// The chapter that shows most lines of a module.
fn chapter_of(module: &str, shown: &Shown) -> Option<usize> {
    let mut lines: HashMap<usize, usize> = HashMap::new();
    for (path, chapters) in &shown.lines {
        if module_path(path).is_some_and(|path| path[0] == module) {
            for &chapter in chapters.values() {
                *lines.entry(chapter).or_default() += 1;
            }
        }
    }
    lines
        .into_iter()
        .max_by_key(|&(chapter, count)| (count, usize::MAX - chapter))
        .map(|(chapter, _)| chapter)
}
