//! Amdahl's law, fitted to measured times: a part of the work that no worker can share with another, and a part that all
//! share.

/// What fits best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// What one worker would need for the serial part.
    pub serial: f64,
    /// What one worker would need for the parallel part.
    pub parallel: f64,
    /// How far the fit is from the measured times, as parts of them: the root of the mean square.
    pub rms: f64,
    /// And at the most.
    pub worst: f64,
}

impl Fit {
    /// The time with so many at work at once.
    pub fn time(&self, at_once: f64) -> f64 {
        self.serial + self.parallel / at_once
    }

    /// The part of one worker's time that is serial.
    pub fn serial_part(&self) -> f64 {
        self.serial / (self.serial + self.parallel)
    }
}

/// The fit of `time = serial + parallel / workers` by least squares, to pairs of how many were at work at once and how long it
/// took. Neither part is less than nothing. `None` if the pairs do not tell: with fewer than two numbers of workers.
pub fn fit(measured: &[(f64, f64)]) -> Option<Fit> {
    let first = measured.first()?.0;
    if measured.iter().all(|(workers, _)| *workers == first) {
        return None;
    }
    let many = measured.len() as f64;
    let pairs = || measured.iter().map(|(workers, time)| (1.0 / workers, *time));
    let (mean_x, mean_y) = (pairs().map(|(x, _)| x).sum::<f64>() / many, pairs().map(|(_, y)| y).sum::<f64>() / many);
    let covariance: f64 = pairs().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = pairs().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let slope = covariance / variance;
    let (serial, parallel) = match (mean_y - slope * mean_x, slope) {
        // More workers made it slower, or no faster: nothing was shared.
        (_, slope) if slope <= 0.0 => (mean_y, 0.0),
        // Faster than by their number: nothing was serial.
        (serial, _) if serial < 0.0 => {
            let squares: f64 = pairs().map(|(x, _)| x * x).sum();
            (0.0, pairs().map(|(x, y)| x * y).sum::<f64>() / squares)
        }
        both => both,
    };
    let fit = Fit { serial, parallel, rms: 0.0, worst: 0.0 };
    let off = || measured.iter().map(|(workers, time)| (fit.time(*workers) - time).abs() / time.max(f64::MIN_POSITIVE));
    let rms = (off().map(|off| off * off).sum::<f64>() / many).sqrt();
    (serial + parallel > 0.0).then_some(Fit { rms, worst: off().fold(0.0, f64::max), ..fit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn times_that_obey_the_law_give_its_parts_back() {
        let times: Vec<(f64, f64)> = [1.0, 2.0, 4.0, 8.0].map(|n| (n, 20.0 + 80.0 / n)).to_vec();
        let fit = fit(&times).expect("a fit");
        assert!(near(fit.serial_part(), 0.2) && near(fit.rms, 0.0) && near(fit.time(16.0), 25.0), "{fit:?}");
    }

    #[test]
    fn what_the_law_cannot_explain_is_said() {
        let fit = fit(&[(1.0, 100.0), (2.0, 70.0), (4.0, 20.0)]).expect("a fit");
        assert!(fit.rms > 0.05 && fit.worst >= fit.rms, "{fit:?}");
    }

    #[test]
    fn no_part_is_less_than_nothing() {
        let faster = fit(&[(1.0, 100.0), (2.0, 40.0)]).expect("a fit");
        assert_eq!(faster.serial, 0.0);
        let slower = fit(&[(1.0, 100.0), (2.0, 140.0)]).expect("a fit");
        assert_eq!((slower.parallel, slower.serial), (0.0, 120.0));
    }

    #[test]
    fn one_number_of_workers_tells_nothing() {
        assert_eq!(fit(&[(2.0, 5.0), (2.0, 6.0)]), None);
        assert_eq!(fit(&[]), None);
    }
}
