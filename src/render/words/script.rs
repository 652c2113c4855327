//! What the page's scripts say: they find it in the page, as JSON.

use super::{Language, Words};
use std::collections::BTreeMap;

/// By the name that the scripts know a text by: the text in English, and in Chinese. In some of them `{}` stands for a name,
/// or `{1}` and `{2}` for several.
const TEXTS: [(&str, &str, &str); 31] = [
    ("legend", "What the marks mean", "各种标记的含义"),
    ("zoomIn", "Zoom in (+)", "放大（+）"),
    ("zoomOut", "Zoom out (-)", "缩小（-）"),
    ("whole", "The whole run (0)", "整个运行（0）"),
    ("invitation", "Be the scheduler: choose who takes the next step.", "你来当调度器：选择谁走下一步。"),
    (
        "someWays",
        "Be the scheduler, along the ways below: there are too many others for a page.",
        "你来当调度器，沿着下面的途径走：其他的太多，一页放不下。",
    ),
    ("states", "What each worker does next, and what is shared", "每个工人接下来做什么，以及共享的内容"),
    ("step", "{}: step", "{}：走一步"),
    ("stepOf", "{1}: step of {2}", "{1}：走一步（{2}）"),
    ("first", "First", "开头"),
    ("back", "Back", "退一步"),
    ("on", "On", "进一步"),
    ("last", "Last", "结尾"),
    ("slider", "Where on the way", "走到哪一步"),
    ("steps", "The steps of this way", "这条途径的各步"),
    ("reads", "reads {}", "读到 {}"),
    ("writes", "writes {}", "写入 {}"),
    ("hasRead", "has read {}", "读到了 {}"),
    ("hasTaken", "holds {}", "持有 {}"),
    ("lost", "{} is lost", "{} 丢失了"),
    ("doomed", "From here on, every way goes wrong.", "从这里起，怎么走都会出错。"),
    (
        "doomedTo",
        "From here on, every way goes wrong. This one ends with {}.",
        "从这里起，怎么走都会出错。这条途径的结果：{}。",
    ),
    ("failing", "Show me the one that fails", "给我看出错的那一种"),
    ("beginning", "The beginning", "开始"),
    ("end", "The end: {}.", "结束：{}。"),
    ("colon", ": ", "："),
    ("stop", ". ", "。"),
    ("yourGuess", "Your guess", "你的猜测"),
    ("look", "Show the output", "看输出"),
    ("showAll", "Show all {} lines", "显示全部 {} 行"),
    ("showLess", "Show fewer lines", "收起"),
];

impl Words<'_> {
    /// What the scripts say, by the names that they know it by.
    pub fn script(self) -> BTreeMap<&'static str, &'static str> {
        let pages = [
            ("lang", self.lang()),
            ("copy", self.copy()),
            ("copied", self.copied()),
            ("dark", self.dark()),
            ("light", self.light()),
            ("comma", self.comma()),
            ("semicolon", self.semicolon()),
            ("player", self.player()),
        ];
        let own = TEXTS.map(|(name, english, chinese)| match self.language {
            Language::English => (name, english),
            Language::Chinese => (name, chinese),
        });
        pages.into_iter().chain(own).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_scripts_ask_for_just_the_texts_that_there_are() {
        let scripts = [
            include_str!("../theme/page.js"),
            include_str!("../theme/boxes.js"),
            include_str!("../theme/guess.js"),
            include_str!("../theme/picture.js"),
            include_str!("../theme/player.js"),
        ];
        let asked = scripts.iter().flat_map(|script| script.split("words.").skip(1));
        let names = asked.map(|after| after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default());
        assert_eq!(names.collect::<BTreeSet<_>>(), Words::ENGLISH.script().into_keys().collect());
    }
}
