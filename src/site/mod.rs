//! Stage 7: the pages of many notebooks to one site. Pure: plain data in, the texts of files out.
//!
//! - `config` reads `nbrun.yaml`, `language` tells languages apart;
//! - `course` puts the lessons in order, `navigation` makes what stands around each page;
//! - `search`, `feed`, `map` and `assets` make the other files; `address` leads from one to another.

pub mod address;
mod assets;
mod config;
mod course;
mod feed;
mod language;
mod map;
mod navigation;
mod page;
mod search;
#[cfg(test)]
mod tests;

pub use assets::{Asset, assets, search_library};
pub use config::{CONFIG, Config, Listed};
pub use course::Site;
pub use feed::feed;
pub use map::map;
pub use navigation::Names;
pub use page::{Kind, Page};
pub use search::search_texts;
