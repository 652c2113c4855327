//! The measures of a picture: for a page that is wide enough for names beside their lanes, and for a small window, in which they
//! stand above them.

/// For which page a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a wide one.
    Wide,
    /// For a small window.
    Small,
}

/// A place for a bar within the row of a worker: how high the row is, where the bar begins, and how high that is.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// How high the row is.
    pub row: f64,
    /// Where the bar begins, from the top of the row.
    pub top: f64,
    /// How high the bar is.
    pub height: f64,
}

impl Format {
    /// The width of a picture, in its own units; where there is room for it, one is about a pixel.
    pub fn width(self) -> f64 {
        match self {
            Self::Wide => 720.0,
            Self::Small => 360.0,
        }
    }

    /// Where the bar of a lane stands.
    pub fn lane(self) -> Place {
        match self {
            Self::Wide => Place { row: 36.0, top: 13.0, height: 16.0 },
            Self::Small => Place { row: 44.0, top: 23.0, height: 15.0 },
        }
    }

    /// Where the bar of a worker stands that used something shared.
    pub fn user(self) -> Place {
        match self {
            Self::Wide => Place { row: 25.0, top: 6.0, height: 13.0 },
            Self::Small => Place { row: 38.0, top: 18.0, height: 14.0 },
        }
    }

    /// How wide a column of text is.
    pub fn column(self) -> f64 {
        match self {
            Self::Wide => 7.1,
            Self::Small => 7.4,
        }
    }

    /// How wide a column of bold text is.
    pub fn bold(self) -> f64 {
        self.column() + 0.9
    }

    /// Whether names stand above their bars.
    pub fn is_small(self) -> bool {
        self == Self::Small
    }
}
