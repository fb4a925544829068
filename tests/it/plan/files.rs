//! A plan as files: whole or not there, private, the same bytes every time.

use super::super::cli::{folder, run_in};
use super::{SCHEMA, people};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CAMPAIGN: &str = "campaign c {
  platform wechat
  audience everyone
  start    2026-11-23T08:00
  split    treatment 90%, control 10%
  batch    10 every 5min
}
";

fn place() -> TempDir {
    let rules = format!("{SCHEMA}{CAMPAIGN}");
    folder(&[("rules/c.seg", &rules), ("contacts.csv", &people(2_000))])
}

fn args(output: &str) -> Vec<&str> {
    let args =
        "plan c --data contacts.csv --zone Asia/Shanghai --now 2026-11-22T09:00+08:00 --force -o";
    args.split(' ').chain([output]).collect()
}

/// Every file of a plan by its name.
fn files(plan: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in ["", "batches"] {
        for entry in std::fs::read_dir(plan.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.strip_prefix(plan).unwrap().display().to_string();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let place = place();
    for output in ["one", "two"] {
        assert_eq!(run_in(place.path(), &args(output)).code, 0);
    }
    let (one, two) = (
        files(&place.path().join("one")),
        files(&place.path().join("two")),
    );
    assert!(one.len() > 180, "{}", one.len());
    assert_eq!(one, two);
}

#[test]
fn a_plan_is_private_whatever_the_umask() {
    let place = place();
    let binary = env!("CARGO_BIN_EXE_segrule");
    let line = format!("umask 000; exec {binary} {}", args("plan").join(" "));
    let status = Command::new("sh")
        .arg("-c")
        .arg(line)
        .current_dir(place.path())
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    let plan = place.path().join("plan");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&plan), mode(&plan.join("batches"))), (0o700, 0o700));
    for name in files(&plan).keys() {
        assert_eq!(mode(&plan.join(name)), 0o600, "{name}");
    }
}

/// The plan at a place: none, or one with every file it tells of.
fn is_whole(plan: &Path) -> bool {
    if !plan.exists() {
        return false;
    }
    let text = std::fs::read_to_string(plan.join("plan.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let page = std::fs::read_to_string(plan.join("plan.html")).unwrap();
    assert!(page.ends_with("</html>"));
    for batch in json["batches"].as_array().unwrap() {
        let file = plan.join(batch["file"].as_str().unwrap());
        let lines = std::fs::read_to_string(file).unwrap().lines().count() as u64;
        assert_eq!(Some(lines - 1), batch["recipients"].as_u64());
    }
    true
}

/// Runs the planner and kills it after a while.
fn killed_after(place: &Path, wait: Duration) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_segrule"))
        .args(args("plan"))
        .current_dir(place)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(wait);
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn o6_a_run_that_is_killed_leaves_the_old_plan_or_the_new_one() {
    let place = place();
    let plan = place.path().join("plan");
    let before = Instant::now();
    assert_eq!(run_in(place.path(), &args("whole")).code, 0);
    let whole = before.elapsed();
    const KILLS: u32 = 12;
    let mut was_there = false;
    for kill in 0..KILLS {
        killed_after(place.path(), whole * kill / (KILLS - 2));
        let is_there = is_whole(&plan);
        assert!(is_there || !was_there, "the old plan is gone");
        was_there = is_there;
    }
    // Once there is a plan, a run that replaces it is killed anywhere without losing it.
    assert_eq!(run_in(place.path(), &args("plan")).code, 0);
    for kill in 0..KILLS {
        killed_after(place.path(), whole * kill / (KILLS - 2));
        assert!(is_whole(&plan), "killed in its {kill}. part");
    }
}
