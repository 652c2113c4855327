//! Which language a page is in, and which languages are the same.

use super::config::Config;

/// The names of some languages in themselves, by their tags.
const NAMES: [(&str, &str); 12] = [
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("zh", "中文"),
];

/// The first part of a tag, which names the language itself.
fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Under which name a site knows the language of a tag: the one that the configuration gives it, or that of the language itself.
/// So `zh` and `zh-CN` are one language, unless the configuration lists both.
pub fn known(tag: &str, config: &Config) -> String {
    let listed = || config.languages.iter().map(|(tag, _)| tag);
    let exact = listed().find(|listed| listed.eq_ignore_ascii_case(tag));
    let near = || listed().find(|listed| primary(listed).eq_ignore_ascii_case(primary(tag)));
    exact.or_else(near).cloned().unwrap_or_else(|| primary(tag).to_ascii_lowercase())
}

/// What a language is called in itself.
pub fn name(lang: &str, config: &Config) -> String {
    let listed = config.languages.iter().find(|(tag, _)| tag == lang).and_then(|(_, name)| name.as_deref());
    let ours = NAMES.iter().find(|(tag, _)| *tag == primary(lang)).map(|(_, name)| *name);
    listed.or(ours).unwrap_or(lang).to_owned()
}

/// The language of a notebook, and its path without its ending and without the language. `path` may end as in `x.zh.md`; `lang` is
/// what the front matter says, which comes first.
pub fn of_notebook(path: &str, lang: Option<&str>, config: &Config) -> (String, String) {
    let whole = path.strip_suffix(".md").unwrap_or(path);
    let is_tag = |text: &str| {
        let mut parts = text.split('-');
        parts
            .next()
            .is_some_and(|first| (2..=3).contains(&first.len()) && first.chars().all(|c| c.is_ascii_lowercase()))
            && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    let suffix = whole.rsplit_once('.').filter(|(stem, tag)| !stem.is_empty() && !stem.ends_with('/') && is_tag(tag));
    let is_known = |tag: &str| {
        config.languages.iter().any(|(listed, _)| primary(listed) == primary(tag))
            || NAMES.iter().any(|(known, _)| *known == primary(tag))
    };
    let of = |tag: &str| known(tag, config);
    match (suffix, lang) {
        (Some((stem, tag)), Some(lang)) if of(tag) == of(lang) => (of(lang), stem.to_owned()),
        (_, Some(lang)) => (of(lang), whole.to_owned()),
        (Some((stem, tag)), None) if is_known(tag) => (of(tag), stem.to_owned()),
        _ => (config.languages.first().map_or_else(|| "en".to_owned(), |(tag, _)| tag.clone()), whole.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_front_matter_or_of_the_name() {
        let config = Config::default();
        let of = |path: &str, lang: Option<&str>| {
            let (lang, stem) = of_notebook(path, lang, &config);
            format!("{lang} {stem}")
        };
        assert_eq!(of("a/x.md", None), "en a/x");
        assert_eq!(of("a/x.zh.md", None), "zh a/x");
        assert_eq!(of("a/x.zh.md", Some("zh-CN")), "zh a/x");
        assert_eq!(of("x.zh.md", Some("en")), "en x.zh");
        assert_eq!(of("v1.md", Some("de")), "de v1");
        assert_eq!(of("x.rs.md", None), "en x.rs");
        assert_eq!(of(".zh.md", None), "en .zh");
    }

    #[test]
    fn two_languages_of_one_name_are_two_where_the_configuration_lists_both() {
        let config = Config { languages: vec![("zh-TW".into(), None), ("zh-CN".into(), None)], ..Config::default() };
        assert_eq!(of_notebook("x.zh-CN.md", None, &config), ("zh-CN".into(), "x".into()));
        assert_eq!(of_notebook("x.md", None, &config), ("zh-TW".into(), "x".into()));
        assert_eq!((name("zh-CN", &config), name("zh", &Config::default())), ("中文".into(), "中文".into()));
    }
}
