//! A Rust file, taken apart: its items by name, and what every line holds.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

/// A Rust file, taken apart.
#[derive(Debug)]
pub struct Source {
    /// The path from the root of the project.
    pub path: String,
    pub lines: Vec<String>,
    pub tokens: TokenStream,
    /// In the order of the file; an item comes before those inside it.
    pub items: Vec<Item>,
    /// The lines with a token that is not documentation.
    pub code: BTreeSet<usize>,
    /// The lines that hold documentation and nothing else.
    pub docs: BTreeSet<usize>,
    /// Those of them that document the file itself.
    pub file_docs: BTreeSet<usize>,
}

/// An item of a file, or of an `impl`, `trait`, `mod` or `extern` block.
#[derive(Debug)]
pub struct Item {
    /// What it may be called; the first is used in messages. A name with a higher rank
    /// counts only if no item has the name with a lower one.
    pub names: Vec<(u8, String)>,
    /// The first line, with the comment above.
    pub first: usize,
    /// The first line of the item itself, with its documentation and attributes.
    pub start: usize,
    pub last: usize,
    /// The block that it stands in.
    pub parent: Option<usize>,
    /// The line of the brace behind which other items stand.
    pub opens: Option<usize>,
}

impl Item {
    pub fn name(&self) -> &str {
        &self.names[0].1
    }
}

thread_local! {
    /// What this thread has taken apart, by path and text.
    static READ: RefCell<HashMap<(String, String), Rc<Source>>> = RefCell::default();
}

impl Source {
    /// [`Source::parse`], but a file that has not changed is taken apart once: that takes
    /// most of the time of a check, and a test of the checks makes several.
    pub fn read(path: &str, text: String) -> Result<Rc<Source>, (usize, String)> {
        let key = (path.to_owned(), text);
        if let Some(source) = READ.with_borrow(|read| read.get(&key).cloned()) {
            return Ok(source);
        }
        let source = Rc::new(Source::parse(path, &key.1)?);
        READ.with_borrow_mut(|read| read.insert(key, Rc::clone(&source)));
        Ok(source)
    }

    /// Takes a file apart; the error has the line where Rust's grammar is left.
    pub fn parse(path: &str, text: &str) -> Result<Source, (usize, String)> {
        let refuse = |span: Span, error: String| Err((span.start().line, error));
        let tokens: TokenStream = match text.parse() {
            Ok(tokens) => tokens,
            Err(error) => return refuse(error.span(), error.to_string()),
        };
        let file: syn::File = match syn::parse2(tokens.clone()) {
            Ok(file) => file,
            Err(error) => return refuse(error.span(), error.to_string()),
        };
        let mut source = Source {
            path: path.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
            tokens: tokens.clone(),
            items: Vec::new(),
            code: BTreeSet::new(),
            docs: BTreeSet::new(),
            file_docs: BTreeSet::new(),
        };
        source.sort_lines(tokens);
        source.docs = &source.docs - &source.code;
        for attribute in &file.attrs {
            if attribute.path().is_ident("doc") {
                source.file_docs.extend(lines_of(attribute.span()));
            } else {
                let name = attribute.span().source_text().unwrap_or_default();
                source.add(attribute.span(), vec![(0, name)], None);
            }
        }
        source.add_items(&file.items, None, "");
        Ok(source)
    }

    /// Sorts the lines of all tokens into documentation and code. Documentation reaches
    /// the tokens as `#[doc = "..."]`.
    fn sort_lines(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let first = token.span().start().line;
            if is_punct(&token, '#') {
                let bang = tokens.next_if(|token| is_punct(token, '!'));
                if let Some(docs) = tokens.next_if(is_documentation) {
                    self.docs.extend(first..=docs.span().end().line);
                    continue;
                }
                self.code.extend(bang.iter().flat_map(|bang| lines_of(bang.span())));
            }
            match token {
                TokenTree::Group(group) => {
                    self.code.insert(group.span_open().start().line);
                    self.code.insert(group.span_close().end().line);
                    self.sort_lines(group.stream());
                }
                token => self.code.extend(lines_of(token.span())),
            }
        }
    }

    /// Adds an item and returns its place.
    fn add(
        &mut self,
        span: Span,
        names: Vec<(u8, String)>,
        parent: Option<usize>,
    ) -> usize {
        let (start, last) = (span.start().line, span.end().line);
        let mut first = start;
        while first > 1 && is_comment(&self.lines[first - 2]) {
            first -= 1;
        }
        self.items.push(Item { names, first, start, last, parent, opens: None });
        self.items.len() - 1
    }

    fn add_items(&mut self, items: &[syn::Item], parent: Option<usize>, prefix: &str) {
        for item in items {
            let place = self.add(item.span(), names(item, prefix), parent);
            match item {
                syn::Item::Impl(block) => self.add_impl(place, block, prefix),
                syn::Item::Trait(block) => self.add_trait(place, block, prefix),
                syn::Item::Mod(syn::ItemMod {
                    ident,
                    content: Some((brace, items)),
                    ..
                }) => {
                    self.items[place].opens = Some(brace.span.open().start().line);
                    self.add_items(items, Some(place), &format!("{prefix}{ident}::"));
                }
                syn::Item::ForeignMod(block) => {
                    self.items[place].opens =
                        Some(block.brace_token.span.open().start().line);
                    for item in &block.items {
                        if let Some(name) = foreign_name(item) {
                            let names = vec![(0, format!("{prefix}{name}"))];
                            self.add(item.span(), names, Some(place));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn add_impl(&mut self, place: usize, block: &syn::ItemImpl, prefix: &str) {
        self.items[place].opens = Some(block.brace_token.span.open().start().line);
        let of = text(&block.self_ty);
        let base = simplify(&of, 2);
        for item in &block.items {
            let name = match item {
                syn::ImplItem::Fn(item) => item.sig.ident.to_string(),
                syn::ImplItem::Const(item) => item.ident.to_string(),
                syn::ImplItem::Type(item) => item.ident.to_string(),
                syn::ImplItem::Macro(item) => format!("{}!", text(&item.mac.path)),
                _ => continue,
            };
            let names = match &block.trait_ {
                None => vec![(0, format!("{prefix}{base}::{name}"))],
                Some((_, of_trait, _)) => vec![
                    (0, format!("{prefix}<{of} as {}>::{name}", text(of_trait))),
                    (4, format!("{prefix}{base}::{name}")),
                ],
            };
            self.add(item.span(), names, Some(place));
        }
    }

    fn add_trait(&mut self, place: usize, block: &syn::ItemTrait, prefix: &str) {
        self.items[place].opens = Some(block.brace_token.span.open().start().line);
        for item in &block.items {
            let name = match item {
                syn::TraitItem::Fn(item) => item.sig.ident.to_string(),
                syn::TraitItem::Const(item) => item.ident.to_string(),
                syn::TraitItem::Type(item) => item.ident.to_string(),
                _ => continue,
            };
            let names = vec![(0, format!("{prefix}{}::{name}", block.ident))];
            self.add(item.span(), names, Some(place));
        }
    }

    /// The items with this name, in the order of the file; more than one for `use` and
    /// `mod`, and for items that stand for one another under different `#[cfg]`.
    pub fn find(&self, name: &str) -> Result<Vec<usize>, String> {
        if let "use" | "mod" = name {
            let keyword = format!("{name} ");
            let of_group = |&place: &usize| {
                let item = &self.items[place];
                item.names[0].1.starts_with(&keyword)
                    && item.opens.is_none()
                    && item.parent.is_none()
            };
            let group: Vec<usize> = (0..self.items.len()).filter(of_group).collect();
            return if group.is_empty() { Err(self.unknown(name)) } else { Ok(group) };
        }
        let ranks = self.items.iter().map(|item| rank(item, name));
        let ranks: Vec<Option<u8>> = ranks.collect();
        let best = ranks.iter().flatten().min().ok_or_else(|| self.unknown(name))?;
        let found: Vec<usize> =
            (0..ranks.len()).filter(|&place| ranks[place] == Some(*best)).collect();
        let head = &self.items[found[0]];
        let stand_for_one_another = found.iter().all(|&place| {
            let item = &self.items[place];
            item.parent == head.parent
                && item.name() == head.name()
                && head.opens.is_none()
        });
        if found.len() == 1 || stand_for_one_another {
            return Ok(found);
        }
        let candidates = found.iter().map(|&place| {
            let item = &self.items[place];
            format!("\n      `{}` at {}:{}", item.name(), self.path, item.start)
        });
        Err(format!(
            "`{name}` may be each of these, so name it as one of them is:{}",
            candidates.collect::<String>()
        ))
    }

    /// The complaint about a name that no item has, with those that are most like it.
    fn unknown(&self, name: &str) -> String {
        let names = self.items.iter().flat_map(|item| &item.names);
        let mut near: Vec<(usize, &str)> =
            names.map(|(_, known)| (distance(name, known), known.as_str())).collect();
        near.sort();
        near.dedup();
        let near: Vec<String> =
            near.iter().take(4).map(|(_, known)| format!("`{known}`")).collect();
        let path = &self.path;
        match near.is_empty() {
            true => format!("{path} has no item `{name}`; it has none at all"),
            false => {
                format!("{path} has no item `{name}`; nearest are {}", near.join(", "))
            }
        }
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// Whether a token is the `[doc ...]` of an attribute.
fn is_documentation(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket
        && matches!(first, Some(TokenTree::Ident(ident)) if ident == "doc")
}

/// Whether a line is an ordinary comment.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") && !line.starts_with("///") && !line.starts_with("//!")
}

fn lines_of(span: Span) -> impl Iterator<Item = usize> {
    span.start().line..=span.end().line
}

/// A piece of the syntax as it is written.
fn text(syntax: &impl Spanned) -> String {
    let text = syntax.span().source_text().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an item may be called.
fn names(item: &syn::Item, prefix: &str) -> Vec<(u8, String)> {
    let both = |keyword: &str, name: &dyn std::fmt::Display| {
        vec![(0, format!("{prefix}{name}")), (0, format!("{prefix}{keyword} {name}"))]
    };
    match item {
        syn::Item::Const(item) => both("const", &item.ident),
        syn::Item::Enum(item) => both("enum", &item.ident),
        syn::Item::Fn(item) => both("fn", &item.sig.ident),
        syn::Item::Static(item) => both("static", &item.ident),
        syn::Item::Struct(item) => both("struct", &item.ident),
        syn::Item::Trait(item) => both("trait", &item.ident),
        syn::Item::Type(item) => both("type", &item.ident),
        syn::Item::Union(item) => both("union", &item.ident),
        syn::Item::Mod(item) => {
            let mut names = both("mod", &item.ident);
            names.reverse();
            names
        }
        syn::Item::Use(item) => vec![(0, format!("{prefix}use {}", text(&item.tree)))],
        syn::Item::ExternCrate(item) => vec![(0, format!("extern crate {}", item.ident))],
        syn::Item::ForeignMod(item) => vec![(0, format!("{prefix}{}", text(&item.abi)))],
        syn::Item::Impl(item) => {
            let of = text(&item.self_ty);
            let header = match &item.trait_ {
                None => format!("impl {of}"),
                Some((_, of_trait, _)) => format!("impl {} for {of}", text(of_trait)),
            };
            vec![(0, format!("{prefix}{header}"))]
        }
        syn::Item::Macro(item) => match &item.ident {
            Some(name) => vec![
                (0, format!("{prefix}{name}!")),
                (0, format!("{prefix}macro_rules! {name}")),
            ],
            None => invocation_names(item, prefix),
        },
        other => vec![(0, format!("{prefix}{}", text(other)))],
    }
}

/// A macro that is called among the items goes by its own name, and by those of the
/// statics inside: `thread_local! { static CURRENT: ... }` is also `CURRENT`.
fn invocation_names(item: &syn::ItemMacro, prefix: &str) -> Vec<(u8, String)> {
    let mut names = vec![(0, format!("{prefix}{}!", text(&item.mac.path)))];
    let tokens: Vec<TokenTree> = item.mac.tokens.clone().into_iter().collect();
    for pair in tokens.windows(2) {
        if let [TokenTree::Ident(keyword), TokenTree::Ident(name)] = pair
            && keyword == "static"
        {
            names.push((0, format!("{prefix}{name}")));
            names.push((0, format!("{prefix}static {name}")));
        }
    }
    names
}

fn foreign_name(item: &syn::ForeignItem) -> Option<String> {
    match item {
        syn::ForeignItem::Fn(item) => Some(item.sig.ident.to_string()),
        syn::ForeignItem::Static(item) => Some(item.ident.to_string()),
        syn::ForeignItem::Type(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// How well a name fits an item, the lowest best: as it is written, without generic
/// arguments, or also without the paths of types.
fn rank(item: &Item, name: &str) -> Option<u8> {
    let ranks = item.names.iter().filter_map(|(rank, known)| {
        let levels = if known.contains("impl ") || known.contains('<') { 3 } else { 1 };
        let fits = |&level: &u8| simplify(known, level) == simplify(name, level);
        (0..levels).find(fits).map(|level| rank + level)
    });
    ranks.min()
}

/// A name without needless spaces and without the parameters behind `impl`; at level 1
/// without generic arguments, at level 2 also without the paths of types.
fn simplify(name: &str, level: u8) -> String {
    let mut name = name.to_owned();
    if let Some(rest) = name.strip_prefix("impl<") {
        name = format!("impl {}", skip_generics(rest));
    }
    if level == 0 {
        return squeeze(&name);
    }
    // The arrow of `fn() -> T` closes nothing.
    let name = name.replace("->", "→");
    let (lead, rest) = match name.strip_prefix('<') {
        Some(rest) => ("<", rest),
        None => ("", name.as_str()),
    };
    let mut plain = String::new();
    let mut depth = 0usize;
    for c in rest.chars() {
        match c {
            '<' => depth += 1,
            // The bracket that closes `<Type as Trait>` was not opened here.
            '>' if depth == 0 => plain.push(c),
            '>' => depth -= 1,
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let plain = squeeze(&format!("{lead}{plain}"));
    if level == 1 { plain } else { last_segments(&plain) }
}

/// What follows the `>` that closes generic parameters.
fn skip_generics(rest: &str) -> &str {
    let mut depth = 1;
    for (at, c) in rest.char_indices() {
        depth += i32::from(c == '<') - i32::from(c == '>');
        if depth == 0 {
            return &rest[at + 1..];
        }
    }
    rest
}

/// Removes the spaces that do not part two words.
fn squeeze(name: &str) -> String {
    let mut squeezed = String::new();
    for word in name.split_whitespace() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if squeezed.ends_with(is_word) && word.starts_with(is_word) {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed
}

/// Shortens every path of a type to its last segment: `impl fmt::Debug for a::B`, `<a::B
/// as fmt::Debug>::fmt`.
fn last_segments(name: &str) -> String {
    let (types, method) = match name.rfind(">::") {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let words = types.split(' ').map(|word| {
        let lead = if word.starts_with('<') { "<" } else { "" };
        let last = word.rsplit("::").next().unwrap_or(word);
        format!("{lead}{}", last.trim_start_matches('<'))
    });
    words.collect::<Vec<_>>().join(" ") + method
}

/// How many letters have to change to make one name of the other (Levenshtein, 1965),
/// whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
