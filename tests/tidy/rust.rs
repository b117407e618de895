//! What the rules need to see of Rust code: tokens, without comments, and with the line of each.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A word of code, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub line: usize,
}

/// The tokens of a file. A file that does not parse would not compile either.
pub fn tokens(text: &str) -> TokenStream {
    text.parse().expect("Rust that compiles")
}

/// The modules at the root of the crate that code names through `crate::`, `archsim::` or enough `super::`s.
///
/// `depth` is how deep the code lies below the root: 1 in `src/engine/mod.rs`, 2 in `src/engine/slab.rs`.
pub fn root_modules(tokens: TokenStream, depth: usize) -> Vec<Word> {
    let (tokens, mut found) = (Tokens::of(tokens), vec![]);
    let mut at = 0;
    while at < tokens.0.len() {
        if let TokenTree::Group(group) = &tokens.0[at] {
            let inside = depth + usize::from(tokens.opens_module(at, group));
            found.extend(root_modules(group.stream(), inside));
            at += 1;
        } else if let Some((ups, next)) = tokens.ascends(at, depth) {
            if ups >= depth {
                found.extend(tokens.branches(next));
            }
            at = next;
        } else {
            at += 1;
        }
    }
    found
}

/// Every first word of a path (`serde` of `serde::Serialize`), with its line.
pub fn path_heads(tokens: TokenStream) -> Vec<Word> {
    let (tokens, mut found) = (Tokens::of(tokens), vec![]);
    for at in 0..tokens.0.len() {
        if let TokenTree::Group(group) = &tokens.0[at] {
            found.extend(path_heads(group.stream()));
        }
        let continues = at >= 2 && tokens.colons(at - 2);
        if let Some(word) = tokens.word(at)
            && tokens.colons(at + 1)
            && !continues
        {
            found.push(Word { text: word, line: tokens.line(at) });
        }
    }
    found
}

/// The words of identifiers and strings in small letters, `TokenBucket` being two; doc comments are left out.
pub fn said_words(tokens: TokenStream) -> Vec<Word> {
    let mut found = vec![];
    for token in tokens {
        let line = token.span().start().line;
        match token {
            TokenTree::Ident(word) => split(&word.to_string(), line, &mut found),
            TokenTree::Literal(literal) => split(&literal.to_string(), line, &mut found),
            TokenTree::Group(group) if !is_doc(&group) => found.extend(said_words(group.stream())),
            _ => {}
        }
    }
    found
}

/// The code without what stands under `#[cfg(test)]`.
pub fn without_tests(tokens: TokenStream) -> TokenStream {
    let (mut kept, mut skipping) = (vec![], false);
    for token in tokens {
        if skipping {
            let ends = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(sign) => sign.as_char() == ';',
                _ => false,
            };
            skipping = !ends;
        } else if is_cfg_test(&token) {
            kept.pop();
            skipping = true;
        } else {
            kept.push(token);
        }
    }
    kept.into_iter().collect()
}

/// Every function with a body: its name, its first line and how many lines it takes.
pub fn functions(tokens: TokenStream) -> Vec<(Word, usize)> {
    let (tokens, mut found) = (Tokens::of(tokens), vec![]);
    for at in 0..tokens.0.len() {
        if let TokenTree::Group(group) = &tokens.0[at] {
            found.extend(functions(group.stream()));
        }
        if tokens.word(at).as_deref() == Some("fn")
            && let Some(name) = tokens.word(at + 1)
            && let Some(body) = tokens.body(at + 2)
        {
            let line = tokens.line(at);
            found.push((Word { text: name, line }, body.span_close().end().line + 1 - line));
        }
    }
    found
}

fn is_doc(group: &Group) -> bool {
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket && matches!(first, Some(TokenTree::Ident(word)) if word == "doc")
}

fn is_cfg_test(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group)
        if group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn split(text: &str, line: usize, found: &mut Vec<Word>) {
    let mut word = String::new();
    for letter in text.chars().chain([' ']) {
        let begins = letter.is_uppercase() && word.ends_with(char::is_lowercase);
        if (begins || !letter.is_alphanumeric()) && !word.is_empty() {
            found.push(Word { text: std::mem::take(&mut word).to_lowercase(), line });
        }
        if letter.is_alphanumeric() {
            word.push(letter);
        }
    }
}

/// Tokens of one level, looked at by number.
struct Tokens(Vec<TokenTree>);

impl Tokens {
    fn of(tokens: TokenStream) -> Tokens {
        Tokens(tokens.into_iter().collect())
    }

    fn line(&self, at: usize) -> usize {
        self.0[at].span().start().line
    }

    fn word(&self, at: usize) -> Option<String> {
        match self.0.get(at) {
            Some(TokenTree::Ident(word)) => Some(word.to_string()),
            _ => None,
        }
    }

    fn colons(&self, at: usize) -> bool {
        let colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == ':');
        colon(self.0.get(at)) && colon(self.0.get(at + 1))
    }

    fn opens_module(&self, at: usize, group: &Group) -> bool {
        at >= 2 && self.word(at - 2).as_deref() == Some("mod") && group.delimiter() == Delimiter::Brace
    }

    /// If a path that goes up begins here: how far it goes up, and where its next word stands.
    fn ascends(&self, at: usize, depth: usize) -> Option<(usize, usize)> {
        let root = matches!(self.word(at).as_deref(), Some("crate" | "archsim"));
        if root && self.colons(at + 1) {
            return Some((depth, at + 3));
        }
        let (mut ups, mut next) = (0, at);
        while self.word(next).as_deref() == Some("super") && self.colons(next + 1) {
            ups += 1;
            next += 3;
        }
        (ups > 0).then_some((ups, next))
    }

    /// The word here, or the first words of the branches of `{a::b, c}`.
    fn branches(&self, at: usize) -> Vec<Word> {
        match self.0.get(at) {
            Some(TokenTree::Ident(word)) => vec![Word { text: word.to_string(), line: self.line(at) }],
            Some(TokenTree::Group(group)) => {
                let inner = Tokens::of(group.stream());
                let comma = |at: usize| matches!(&inner.0[at], TokenTree::Punct(p) if p.as_char() == ',');
                let first = |at: &usize| *at == 0 || comma(at - 1);
                (0..inner.0.len()).filter(first).flat_map(|at| inner.branches(at)).collect()
            }
            _ => vec![],
        }
    }

    /// The body of the function whose signature goes on here.
    fn body(&self, from: usize) -> Option<&Group> {
        for token in &self.0[from.min(self.0.len())..] {
            match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return Some(group),
                TokenTree::Punct(sign) if sign.as_char() == ';' => return None,
                _ => {}
            }
        }
        None
    }
}

#[test]
fn code_under_test_is_told_from_code() {
    let code = "use a::x; #[cfg(test)] mod tests { use b::x; } #[cfg(test)] use d::y; fn f() { std::fs::read(c::P); }";
    let heads: Vec<String> = path_heads(without_tests(tokens(code))).into_iter().map(|w| w.text).collect();
    assert_eq!(heads, ["a", "std", "c"]);
}
