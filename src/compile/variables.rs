//! The environment variables that code asks for while it is compiled: `env!("NAME")` and `option_env!("NAME")`. What is compiled is
//! another with other values.

use crate::notebook::Notebook;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;

/// The variables that the cells of a notebook name, with their values in the environment of nbrun and its compiler. A name that a
/// macro makes is not seen.
pub fn variables(notebook: &Notebook) -> BTreeMap<String, Option<OsString>> {
    let texts: Vec<String> = notebook.cells.iter().map(|cell| cell.code.text()).collect();
    let names = texts.iter().flat_map(|text| text.split("env!").skip(1)).filter_map(named);
    names.map(|name| (name.to_owned(), env::var_os(name))).collect()
}

/// The name behind `env!`.
fn named(behind: &str) -> Option<&str> {
    let argument = behind.trim_start().strip_prefix(['(', '[', '{'])?;
    let name = argument.trim_start().strip_prefix('"')?.split('"').next()?;
    // Any other name is an error of the compiler's, or no name of a variable.
    (!name.is_empty() && !name.contains(['=', '\0', '\\'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::parse;

    #[test]
    fn variables_are_named_by_literals_behind_the_macros() {
        let text = "```rust job\nconst A: Option<&str> = option_env!(\"NBRUN_NO_SUCH\");\nconst B: &str = env! [ \"PATH\" , \"no\"];\n\
                    const C: &str = env!(name!());\nconst D: &str = env!(\"\");\n```\n";
        let found = variables(&parse("a.md", text.to_owned()).expect("a notebook"));
        assert_eq!(found.keys().collect::<Vec<_>>(), ["NBRUN_NO_SUCH", "PATH"]);
        assert_eq!((&found["NBRUN_NO_SUCH"], &found["PATH"]), (&None, &env::var_os("PATH")));
    }
}
