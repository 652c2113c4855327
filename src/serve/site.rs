//! The pages that are served, and who listens to their news.

use super::request::Answer;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many news may wait for a browser that does not take them. It is left then, and comes back for what is newest.
const BACKLOG: usize = 64;

/// What happens to a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// The indices of the cells whose results are on their way.
    pub running: Vec<usize>,
    /// What is wrong with the notebook as it was saved last; then the page is that of an earlier one.
    pub errors: Vec<CellError>,
}

/// An error, for a reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellError {
    /// The index of the cell that it is in, if it is in one.
    pub cell: Option<usize>,
    /// All that is said of it.
    pub text: String,
}

/// The pages.
#[derive(Default)]
pub(super) struct Site {
    pages: Mutex<HashMap<String, Page>>,
}

#[derive(Default)]
struct Page {
    /// `None` as long as there is none.
    html: Option<String>,
    /// How often it has changed.
    version: u64,
    state: State,
    listeners: Vec<SyncSender<String>>,
}

/// What a browser is told, as JSON.
#[derive(Serialize)]
struct News<'a> {
    version: u64,
    #[serde(flatten)]
    state: &'a State,
}

impl Site {
    /// Puts a page, if there is one, in the place of the one before, and says what happens to it.
    pub fn publish(&self, page: &str, html: Option<String>, state: State) {
        let mut pages = self.pages();
        let page = pages.entry(page.to_owned()).or_default();
        let has_changed = html.is_some() && page.html != html;
        if has_changed {
            page.version += 1;
            page.html = html;
        }
        if has_changed || page.state != state {
            page.state = state;
            let news = page.news();
            page.listeners.retain(|listener| listener.try_send(news.clone()).is_ok());
        }
    }

    /// A page as it is now.
    pub fn page(&self, name: &str) -> Answer {
        let pages = self.pages();
        match pages.get(name).and_then(|page| page.html.as_deref()) {
            Some(html) => Answer::html(html),
            None => Answer::text(404, "there is no such page"),
        }
    }

    /// All news of a page from now on; the first is how it stands now.
    pub fn listen(&self, name: &str) -> Receiver<String> {
        let (sender, news) = mpsc::sync_channel(BACKLOG);
        let mut pages = self.pages();
        let page = pages.entry(name.to_owned()).or_default();
        let _ = sender.try_send(page.news());
        page.listeners.push(sender);
        news
    }

    fn pages(&self) -> MutexGuard<'_, HashMap<String, Page>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    fn news(&self) -> String {
        serde_json::to_string(&News { version: self.version, state: &self.state }).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(site: &Site, page: &str, html: &str) {
        site.publish(page, Some(html.to_owned()), State::default());
    }

    #[test]
    fn who_listens_hears_how_it_stands_and_then_what_changes() {
        let site = Site::default();
        published(&site, "a", "one");
        let news = site.listen("a");
        assert_eq!(news.try_recv().as_deref(), Ok(r#"{"version":1,"running":[],"errors":[]}"#));
        published(&site, "a", "one");
        published(&site, "b", "other");
        assert!(news.try_recv().is_err(), "nothing has changed");
        published(&site, "a", "two");
        assert_eq!(news.try_recv().as_deref(), Ok(r#"{"version":2,"running":[],"errors":[]}"#));
        let errors = vec![CellError { cell: Some(1), text: "no".to_owned() }];
        site.publish("a", None, State { running: vec![3], errors });
        let told = r#"{"version":2,"running":[3],"errors":[{"cell":1,"text":"no"}]}"#;
        assert_eq!(news.try_recv().as_deref(), Ok(told));
        assert_eq!(site.page("a").body, b"two");
    }

    #[test]
    fn a_browser_that_takes_no_news_is_left_and_holds_up_nobody() {
        let site = Site::default();
        let lazy = site.listen("a");
        for n in 0..1000 {
            published(&site, "a", &n.to_string());
        }
        assert_eq!(lazy.iter().count(), BACKLOG);
        assert!(site.pages()["a"].listeners.is_empty());
    }

    #[test]
    fn a_page_that_was_never_published_is_not_found() {
        let site = Site::default();
        assert_eq!(site.page("a").status, 404);
        let news = site.listen("a");
        news.recv().expect("how it stands");
        published(&site, "a", "one");
        assert!(news.try_recv().is_ok(), "now it is there");
        assert_eq!(site.page("a").status, 200);
    }
}
