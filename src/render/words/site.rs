//! What stands around the pages of a site.

use super::texts;

texts! { self:
    /// The list of all lessons.
    lessons -> &'static str { "Lessons", "课程" }
    /// What closes that list.
    close_menu -> &'static str { "Close", "关闭" }
    /// The lessons that no part of the course has.
    more_lessons -> &'static str { "More", "其他" }
    /// What a screen reader calls the links to the lessons before and behind.
    neighbours -> &'static str { "The lessons before and after", "上一课和下一课" }
    /// The lesson before.
    previous -> &'static str { "Previous", "上一课" }
    /// The lesson behind.
    next -> &'static str { "Next", "下一课" }
    /// What a screen reader calls the links to other languages.
    languages -> &'static str { "Languages", "语言" }
    /// The field to search in.
    search -> &'static str { "Search", "搜索" }
    /// What was found.
    found -> &'static str { "Results", "结果" }
    /// Nothing was found; `{}` stands for what was searched.
    found_nothing -> &'static str { "Nothing was found for “{}”.", "没有找到“{}”。" }
    /// The search has no texts.
    search_is_lost -> &'static str { "The search cannot be loaded.", "无法加载搜索。" }
    /// Where the notebook's text is to be read.
    source -> &'static str { "Source", "源文件" }
    /// Where it is edited.
    edit -> &'static str { "Edit this page", "编辑此页" }
    /// The title of the page for addresses that lead nowhere.
    no_such_page -> &'static str { "There is no such page", "页面不存在" }
    /// What to do there.
    to_the_index -> &'static str { "The list of lessons and the search lead on.", "请从课程列表或搜索继续。" }
}
