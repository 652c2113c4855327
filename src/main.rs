//! temp
use nbrun::*;
fn main() {
    if std::env::args().nth(1).as_deref() == Some(kernel::ARGUMENT) {
        std::process::exit(kernel::serve());
    }
    let file = std::env::args().nth(1).unwrap();
    let t0 = std::time::Instant::now();
    let text = std::fs::read_to_string(&file).unwrap();
    fn show<T>(e: Vec<diagnostic::Diagnostic>) -> T {
        for e in e {
            eprintln!("{e}");
        }
        std::process::exit(2)
    }
    let nb = notebook::parse(&file, text).unwrap_or_else(show);
    let plan = plan::plan(&nb).unwrap_or_else(show);
    let cache = compile::Cache::of_user().unwrap();
    eprintln!("plan {:?}", t0.elapsed());
    let lib = compile::compile(&nb, &plan, &cache).unwrap_or_else(show);
    eprintln!("compiled {:?} cached {} {:?}", t0.elapsed(), lib.cached, lib.path);
    let interrupts = kernel::Interrupts::catch().unwrap();
    let report = kernel::run(
        std::path::Path::new("/proc/self/exe"),
        &nb,
        &plan,
        Some(&lib),
        kernel::Limits::default(),
        &interrupts,
        &mut |p| {
            if let kernel::Progress::Finished(o) = p {
                eprintln!("cell {} {:?} {}", o.cell, o.status, o.errors.len());
                for e in &o.errors {
                    eprintln!("{e}");
                }
                for r in &o.runs {
                    eprintln!(
                        "  {:?} wall {} ms events {} dropped {}",
                        r.executor,
                        r.wall_ns as f64 / 1e6,
                        r.trace.len(),
                        r.trace_dropped
                    );
                    for w in &r.workers {
                        eprintln!(
                            "    {} pid {} tid {} start {}us run {}us blocked {}us {:?}",
                            w.name,
                            w.pid,
                            w.tid,
                            (w.ready_ns.saturating_sub(w.spawn_ns)) / 1000,
                            w.end_ns.saturating_sub(w.start_ns) / 1000,
                            w.blocked_ns / 1000,
                            w.exit
                        );
                    }
                    for l in &r.output {
                        eprintln!("    [{}] {:?} {}", l.worker, l.stream, l.text);
                    }
                    for s in &r.results {
                        eprintln!("    {:?} {} = {}", s.label, s.expression, s.text);
                    }
                }
                for s in &o.resources {
                    eprintln!("    {} {} {}", s.name, s.kind, s.state);
                }
            }
        },
    );
    let report = report.unwrap();
    eprintln!("{:?} {:?}", report.interrupted, report.trouble.map(|t| t.to_string()));
    let record = record::Record {
        version: 1,
        provenance: record::Provenance {
            nbrun: "0.1.0".into(),
            rustc: lib.rustc.clone(),
            os: "Linux".into(),
            cpu: "x".into(),
            cores: 2,
            started: "2026-11-22T00:00:00Z".into(),
            compile_ns: 0,
            compile_cached: false,
            run_ns: 0,
        },
        cells_sha256: String::new(),
        cells: report.cells,
        interrupted: false,
    };
    eprintln!("ran {:?}", t0.elapsed());
    let page = render::render(&nb, &record);
    std::fs::write("/tmp/page.html", page).unwrap();
    eprintln!("rendered {:?}", t0.elapsed());
}
