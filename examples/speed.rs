use segrule::source::SourceId;
fn peak() -> u64 { std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmHWM")).unwrap().split_whitespace().nth(1).unwrap().parse().unwrap() }
fn main() {
    let which = std::env::args().nth(1).unwrap();
    let n: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let text: String = match which.as_str() {
        "or" => format!("segment a = {}a", "a or ".repeat(n)),
        "many" => (0..n).map(|i| format!("segment s{i} \"北京 18-24 课程页访客\" =\n  region = Beijing and age in 18..24 and last_visit = \"课程页\" # why\n")).collect(),
        _ => std::fs::read_to_string(&which).unwrap(),
    };
    let t = std::time::Instant::now();
    let p = segrule::syntax::parse(SourceId(0), &text);
    println!("{} bytes {:?} items {} diags {} peak {} kB", text.len(), t.elapsed(), p.file.items.len(), p.diagnostics.len(), peak());
}
