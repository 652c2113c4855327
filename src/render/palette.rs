//! The colours of the page's theme: whether everybody can read them and tell them apart.

const STYLE: &str = include_str!("theme/tokens.css");

/// Linear red, green and blue.
type Rgb = [f64; 3];

/// The colours of a variable in light and dark.
fn pair(name: &str) -> [[u8; 3]; 2] {
    let (_, rest) = STYLE.split_once(&format!("--{name}: light-dark(")).unwrap_or_else(|| panic!("--{name} is a pair"));
    let (both, _) = rest.split_once(')').expect("it ends");
    let colour = |text: &str| {
        let digits = text.trim().strip_prefix('#').expect("a colour in hexadecimal");
        [0, 2, 4].map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits"))
    };
    let (light, dark) = both.split_once(',').expect("two colours");
    [colour(light), colour(dark)]
}

fn linear(colour: [u8; 3]) -> Rgb {
    colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

/// So much of one colour on another, as `color-mix` has it.
fn mix(over: [u8; 3], under: [u8; 3], part: f64) -> [u8; 3] {
    std::array::from_fn(|at| (f64::from(over[at]) * part + f64::from(under[at]) * (1.0 - part)).round() as u8)
}

/// The contrast ratio of WCAG 2.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |colour| {
        let [red, green, blue] = linear(colour);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// How those see who lack one kind of cone, after Machado, Oliveira and Fernandes (2009), at full severity.
const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
    ("everybody else", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_82, 0.042_94, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_9]],
    ),
];

fn seen(colour: Rgb, sight: &[[f64; 3]; 3]) -> Rgb {
    sight.map(|row| row.iter().zip(colour).map(|(factor, part)| factor * part).sum::<f64>().clamp(0.0, 1.0))
}

/// A colour in Oklab, where equal distances look about equally large.
fn oklab([red, green, blue]: Rgb) -> [f64; 3] {
    let long = 0.412_221_47 * red + 0.536_332_54 * green + 0.051_445_99 * blue;
    let middle = 0.211_903_5 * red + 0.680_699_55 * green + 0.107_396_96 * blue;
    let short = 0.088_302_46 * red + 0.281_718_84 * green + 0.629_978_7 * blue;
    let [long, middle, short] = [long, middle, short].map(f64::cbrt);
    [
        0.210_454_26 * long + 0.793_617_79 * middle - 0.004_072_05 * short,
        1.977_998_5 * long - 2.428_592_2 * middle + 0.450_593_71 * short,
        0.025_904_04 * long + 0.782_771_77 * middle - 0.808_675_77 * short,
    ]
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The colours of the workers but main.
fn workers() -> Vec<[[u8; 3]; 2]> {
    (1..=8).map(|number| pair(&format!("w{number}"))).collect()
}

#[test]
fn whatever_has_a_worker_s_colour_can_be_read() {
    let (paper, main) = (pair("paper"), pair("w0"));
    for (number, colours) in std::iter::once(main).chain(workers()).enumerate() {
        for mode in 0..2 {
            // A worker's name, also where its own colour washes the ground, and a number on its block.
            for ground in [paper[mode], mix(colours[mode], paper[mode], 0.1)] {
                let ratio = contrast(colours[mode], ground);
                assert!(ratio >= 4.5, "worker {number} in mode {mode} has a contrast of {ratio:.2}");
            }
        }
    }
}

#[test]
fn what_the_page_says_in_colour_can_be_read_on_every_ground() {
    for name in ["ink", "soft", "link", "good", "bad", "calm"] {
        for mode in 0..2 {
            for ground in ["paper", "raised"] {
                let ratio = contrast(pair(name)[mode], pair(ground)[mode]);
                assert!(ratio >= 4.5, "--{name} on --{ground} in mode {mode} has a contrast of {ratio:.2}");
            }
        }
    }
    for mode in 0..2 {
        assert!(contrast(pair("bad")[mode], pair("bad-paper")[mode]) >= 4.5);
        // Marks that are no text need less: three to one.
        assert!(contrast(pair("bad")[mode], pair("paper")[mode]) >= 3.0);
    }
}

#[test]
fn workers_can_be_told_apart_with_every_kind_of_sight() {
    for mode in 0..2 {
        for (name, sight) in SIGHTS {
            let seen: Vec<[f64; 3]> =
                workers().iter().map(|colours| oklab(seen(linear(colours[mode]), &sight))).collect();
            for (one, a) in seen.iter().enumerate() {
                for (other, b) in seen[..one].iter().enumerate() {
                    // The first four, which most cells have no more of, are farther apart; about 0.02 is just noticeable.
                    let least = if one < 4 { 0.1 } else { 0.055 };
                    let apart = distance(*a, *b);
                    assert!(
                        apart >= least,
                        "workers {} and {} in mode {mode} are {apart:.3} apart for {name}",
                        other + 1,
                        one + 1
                    );
                }
            }
        }
    }
}

#[test]
fn the_sums_are_those_of_the_standards() {
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
    assert!((contrast([0x76, 0x76, 0x76], [255, 255, 255]) - 4.54).abs() < 0.01);
    let [lightness, a, b] = oklab(linear([255, 0, 0]));
    assert!((lightness - 0.628).abs() < 1e-3 && (a - 0.225).abs() < 1e-3 && (b - 0.126).abs() < 1e-3);
}
