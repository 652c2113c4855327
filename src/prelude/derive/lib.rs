//! `#[derive(Message)]` for the structs and enums of job cells.
//!
//! It is written over `proc_macro` alone, so that it is built with the prelude by one call of rustc, in a moment.

use proc_macro::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use std::iter::Peekable;

/// Implements `nbrun::Message`: the fields one after another in the order in which they are declared; for an enum, first
/// the number of the variant.
#[proc_macro_derive(Message)]
pub fn message(item: TokenStream) -> TokenStream {
    match Item::parse(&mut item.into_iter().peekable()) {
        Ok(item) => item.implementation(),
        Err(refusal) => refusal.error(),
    }
}

type Tokens = Peekable<proc_macro::token_stream::IntoIter>;

/// A struct or an enum.
struct Item {
    name: Ident,
    kind: Kind,
}

enum Kind {
    Struct(Vec<Field>),
    Enum(Vec<(Ident, Vec<Field>)>),
}

/// A field of whichever kind: `Type { 0: value }` is as good for a tuple as `Type { name: value }` is for named fields.
struct Field {
    member: TokenStream,
    of: TokenStream,
}

/// Why there is no implementation.
struct Refusal {
    message: String,
    first: Span,
    last: Span,
}

impl Item {
    fn parse(tokens: &mut Tokens) -> Result<Self, Refusal> {
        skip_attributes_and_visibility(tokens);
        let keyword = ident(tokens)?;
        let name = ident(tokens)?;
        let kind = keyword.to_string();
        if kind == "union" {
            let message = "a union cannot be a `Message`: nothing says which of its fields is meant".to_owned();
            return Err(Refusal { message, first: keyword.span(), last: name.span() });
        }
        if let Some(first) = tokens.next_if(is_generics) {
            let last = rest_of_generics(&first, tokens);
            let message = format!("`{name}` cannot be a `Message`, because it is generic: write the types out");
            return Err(Refusal { message, first: first.span(), last });
        }
        let kind = match tokens.next() {
            Some(TokenTree::Group(body)) if kind == "enum" => Kind::Enum(variants(&body)?),
            Some(TokenTree::Group(body)) => Kind::Struct(fields(&body)?),
            _ => Kind::Struct(Vec::new()),
        };
        Ok(Self { name, kind })
    }

    fn implementation(self) -> TokenStream {
        let (most, encode, decode) = match self.kind {
            Kind::Struct(fields) => {
                let (pattern, encode, decode) = code_of(&fields);
                (
                    most_of(&fields),
                    [code("let Self"), pattern, code("= *self;"), encode].into_iter().collect(),
                    [code("::std::option::Option::Some"), parens([code("Self"), decode])].into_iter().collect(),
                )
            }
            Kind::Enum(variants) => code_of_enum(variants),
        };
        let items = [
            code("const MAX_BYTES: ::std::option::Option<::std::primitive::usize> ="),
            most,
            code(";"),
            code("fn encode(&self, __nb_out: &mut ::std::vec::Vec<::std::primitive::u8>)"),
            braces([encode]),
            code("fn decode(__nb_input: &mut &[::std::primitive::u8]) -> ::std::option::Option<Self>"),
            braces([decode]),
        ];
        let header = code("#[automatically_derived] impl ::nbrun::Message for");
        [header, TokenTree::from(self.name).into(), braces(items)].into_iter().collect()
    }
}

/// The bodies of `MAX_BYTES`, `encode` and `decode` of an enum.
fn code_of_enum(variants: Vec<(Ident, Vec<Field>)>) -> (TokenStream, TokenStream, TokenStream) {
    let largest = variants.iter().flat_map(|(_, fields)| [most_of(fields), code(",")]).collect();
    let most = parens([code("&"), brackets([code("::std::option::Option::Some(4), ::nbrun::__largest"), parens([code("&"), brackets([largest])])])]);
    let most = [code("::nbrun::__sum"), most].into_iter().collect();
    let mut encode = TokenStream::new();
    let mut decode = TokenStream::new();
    for (tag, (name, fields)) in variants.into_iter().enumerate() {
        let (pattern, encode_fields, decode_fields) = code_of(&fields);
        let path = || [code("Self::"), TokenTree::from(name.clone()).into()];
        let write_tag = code(&format!("::nbrun::Message::encode(&{tag}_u32, __nb_out);"));
        encode.extend(path().into_iter().chain([pattern, code("=>"), braces([write_tag, encode_fields])]));
        let value = path().into_iter().chain([decode_fields]).collect();
        decode.extend([code(&format!("{tag} => ::std::option::Option::Some")), parens([value]), code(",")]);
    }
    decode.extend(code("_ => ::std::option::Option::None"));
    (
        most,
        [code("match *self"), braces([encode])].into_iter().collect(),
        [code("match <::std::primitive::u32 as ::nbrun::Message>::decode(__nb_input)?"), braces([decode])]
            .into_iter()
            .collect(),
    )
}

/// What some fields take together at most.
fn most_of(fields: &[Field]) -> TokenStream {
    let part = |Field { of, .. }: &Field| [code("<"), of.clone(), code("as ::nbrun::Message>::MAX_BYTES,")];
    let parts = fields.iter().flat_map(part).collect();
    [code("::nbrun::__sum"), parens([code("&"), brackets([parts])])].into_iter().collect()
}

/// For some fields: the pattern that binds them, the statements that encode what it binds, and the body of the expression
/// that decodes them. Each names its type by the author's own tokens, so that a type which cannot cross is an error there.
fn code_of(fields: &[Field]) -> (TokenStream, TokenStream, TokenStream) {
    let mut pattern = TokenStream::new();
    let mut encode = TokenStream::new();
    let mut decode = TokenStream::new();
    for (n, Field { member, of }) in fields.iter().enumerate() {
        pattern.extend([member.clone(), code(&format!(": ref __nb_{n},"))]);
        let call = code(&format!("as ::nbrun::Message>::encode(__nb_{n}, __nb_out);"));
        encode.extend([code("<"), of.clone(), call]);
        let call = code("as ::nbrun::Message>::decode(__nb_input)?,");
        decode.extend([member.clone(), code(": <"), of.clone(), call]);
    }
    (braces([pattern]), encode, braces([decode]))
}

/// The fields between braces or parentheses.
fn fields(body: &Group) -> Result<Vec<Field>, Refusal> {
    let named = body.delimiter() == Delimiter::Brace;
    let mut tokens = body.stream().into_iter().peekable();
    let mut fields = Vec::new();
    loop {
        skip_attributes_and_visibility(&mut tokens);
        if tokens.peek().is_none() {
            return Ok(fields);
        }
        let member = if named { TokenTree::from(ident(&mut tokens)?).into() } else { code(&fields.len().to_string()) };
        if named {
            tokens.next_if(|token| is_punct(token, ':'));
        }
        fields.push(Field { member, of: until_comma(&mut tokens) });
    }
}

fn variants(body: &Group) -> Result<Vec<(Ident, Vec<Field>)>, Refusal> {
    let mut tokens = body.stream().into_iter().peekable();
    let mut variants = Vec::new();
    loop {
        skip_attributes_and_visibility(&mut tokens);
        if tokens.peek().is_none() {
            return Ok(variants);
        }
        let name = ident(&mut tokens)?;
        let fields = match tokens.peek() {
            Some(TokenTree::Group(body)) => fields(body)?,
            _ => Vec::new(),
        };
        // What is left of the variant: its fields, and a discriminant, in which `<` may be half of a shift.
        while tokens.next().is_some_and(|token| !is_punct(&token, ',')) {}
        variants.push((name, fields));
    }
}

/// Skips `#[…]`, which doc comments are too, and `pub` with what restricts it. A macro's `$vis` is a group of its own.
fn skip_attributes_and_visibility(tokens: &mut Tokens) {
    loop {
        let skipped = tokens.next_if(|token| match token {
            TokenTree::Punct(punct) => punct.as_char() == '#',
            TokenTree::Group(group) => {
                group.delimiter() == Delimiter::None
                    && group.stream().into_iter().next().is_none_or(|first| first.to_string() == "pub")
            }
            TokenTree::Ident(ident) => ident.to_string() == "pub",
            TokenTree::Literal(_) => false,
        });
        match skipped {
            Some(TokenTree::Punct(_)) => drop(tokens.next()),
            Some(TokenTree::Ident(_)) => drop(tokens.next_if(restricts)),
            Some(_) => {}
            None => return,
        }
    }
}

/// Whether this is the `(crate)` of `pub(crate)` and not the type of a tuple's field.
fn restricts(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let mut inside = group.stream().into_iter().map(|token| token.to_string());
    let (first, second) = (inside.next(), inside.next());
    let alone = matches!(first.as_deref(), Some("crate" | "self" | "super")) && second.is_none();
    group.delimiter() == Delimiter::Parenthesis && (alone || first.as_deref() == Some("in"))
}

/// Takes the tokens up to the next comma that is not between angle brackets, and that comma.
fn until_comma(tokens: &mut Tokens) -> TokenStream {
    let mut taken = TokenStream::new();
    let mut depth = 0;
    let mut after_dash = false;
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                ',' if depth == 0 => break,
                '<' => depth += 1,
                // The arrow of a function's type closes nothing.
                '>' if !after_dash => depth -= 1,
                _ => {}
            }
            after_dash = punct.as_char() == '-' && punct.spacing() == Spacing::Joint;
        } else {
            after_dash = false;
        }
        taken.extend([token]);
    }
    taken
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == c)
}

/// Whether generic parameters or conditions on types begin here.
fn is_generics(token: &TokenTree) -> bool {
    is_punct(token, '<') || matches!(token, TokenTree::Ident(ident) if ident.to_string() == "where")
}

/// Where the generic parameters end that begin with `first`.
fn rest_of_generics(first: &TokenTree, tokens: &mut Tokens) -> Span {
    let mut depth = 1;
    let mut last = first.span();
    while is_punct(first, '<') && depth > 0 {
        let Some(token) = tokens.next() else { break };
        depth += i32::from(is_punct(&token, '<')) - i32::from(is_punct(&token, '>'));
        last = token.span();
    }
    last
}

fn ident(tokens: &mut Tokens) -> Result<Ident, Refusal> {
    match tokens.next() {
        Some(TokenTree::Ident(ident)) => Ok(ident),
        other => {
            let at = other.map_or_else(Span::call_site, |token| token.span());
            Err(Refusal { message: "`Message` can be derived for structs and enums".to_owned(), first: at, last: at })
        }
    }
}

impl Refusal {
    /// The error, at the place that is to blame.
    fn error(self) -> TokenStream {
        let spanned = |tokens: TokenStream, span: Span| {
            tokens.into_iter().map(move |mut token| {
                token.set_span(span);
                token
            })
        };
        let call = spanned(code("::std::compile_error!"), self.first);
        call.chain(spanned(braces([code(&format!("{:?}", self.message))]), self.last)).collect()
    }
}

/// Tokens of our own.
fn code(text: &str) -> TokenStream {
    text.parse().expect("nbrun's own code has tokens")
}

fn braces<const N: usize>(inside: [TokenStream; N]) -> TokenStream {
    TokenTree::from(Group::new(Delimiter::Brace, inside.into_iter().collect())).into()
}

fn brackets<const N: usize>(inside: [TokenStream; N]) -> TokenStream {
    TokenTree::from(Group::new(Delimiter::Bracket, inside.into_iter().collect())).into()
}

fn parens<const N: usize>(inside: [TokenStream; N]) -> TokenStream {
    TokenTree::from(Group::new(Delimiter::Parenthesis, inside.into_iter().collect())).into()
}
