//! What the page's scripts say: they find it in the page, as JSON.

use super::texts;
use serde::Serialize;

/// The texts of the scripts. In some of them `{}` stands for a name, or `{1}` and `{2}` for several.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Script {
    lang: &'static str,
    copy: &'static str,
    copied: &'static str,
    dark: &'static str,
    light: &'static str,
    zoom_in: &'static str,
    zoom_out: &'static str,
    whole: &'static str,
    invitation: &'static str,
    some_ways: &'static str,
    states: &'static str,
    step: &'static str,
    step_of: &'static str,
    back: &'static str,
    reset: &'static str,
    failing: &'static str,
    beginning: &'static str,
    end: &'static str,
    colon: &'static str,
    stop: &'static str,
    semicolon: &'static str,
}

texts! { self:
    /// What the scripts say.
    script -> Script {
        Script {
            lang: self.lang(),
            copy: self.copy(),
            copied: self.copied(),
            dark: self.dark(),
            light: self.light(),
            zoom_in: "Zoom in (+)",
            zoom_out: "Zoom out (-)",
            whole: "The whole run (0)",
            invitation: "Be the scheduler: choose who takes the next step.",
            some_ways: "Be the scheduler, along the ways below: there are too many others for a page.",
            states: "What each worker does next, and what is shared",
            step: "{}: step",
            step_of: "{1}: step of {2}",
            back: "Back",
            reset: "Reset",
            failing: "Show me the one that fails",
            beginning: "The beginning",
            end: "The end: {}.",
            colon: ": ",
            stop: ". ",
            semicolon: "; ",
        },
        Script {
            lang: self.lang(),
            copy: self.copy(),
            copied: self.copied(),
            dark: self.dark(),
            light: self.light(),
            zoom_in: "放大（+）",
            zoom_out: "缩小（-）",
            whole: "整个运行（0）",
            invitation: "你来当调度器：选择谁走下一步。",
            some_ways: "你来当调度器，沿着下面的途径走：其他的太多，一页放不下。",
            states: "每个工人接下来做什么，以及共享的内容",
            step: "{}：走一步",
            step_of: "{1}：{2} 走一步",
            back: "退一步",
            reset: "重来",
            failing: "给我看出错的那一种",
            beginning: "开始",
            end: "结束：{}。",
            colon: "：",
            stop: "。",
            semicolon: "；",
        },
    }
}
