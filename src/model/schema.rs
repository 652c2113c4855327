//! JSON schemas of what other programs read, as the book has them.

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema};
use std::fs;

/// Fails if the book's schema of a type is not current. `NBRUN_WRITE_SCHEMAS=1 cargo test --lib schema` writes it anew.
#[track_caller]
pub fn assert_is_current<T: JsonSchema>(name: &str) {
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(without_links);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let schema = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
    let path = format!("{}/book/src/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("NBRUN_WRITE_SCHEMAS").is_some() {
        fs::write(&path, &schema).expect("the schema is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == schema, "{path} is not current: run NBRUN_WRITE_SCHEMAS=1 cargo test --lib schema");
}

/// A description is a comment of the code, whose links lead nowhere here.
fn without_links(schema: &mut Schema) {
    if let Some(text) = schema.get("description").and_then(|text| text.as_str()) {
        let text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ");
        schema.insert("description".to_owned(), text.into());
    }
    transform_subschemas(&mut without_links, schema);
}
