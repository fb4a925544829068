//! The CI kit: its files are read, and their commands run as they stand.

use crate::cli::{folder, run_in};
use crate::layers::root;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use yaml_rust2::{Yaml, YamlLoader};

const GOOD: &str = "schema contact {\n  id:  id\n  age: int 0..150\n}\n\nsegment adults = age >= 18\n\n\
test \"twenty\" {\n  contact { id: \"1\", age: 20 } in adults\n}\n";
const WARNED: &str = "schema contact {\n  id:  id\n  age: int 0..150\n}\n\n\
segment adults = age >= 18 and age >= 16\n";

fn yaml(path: &str) -> Yaml {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    YamlLoader::load_from_str(&text).unwrap().remove(0)
}

/// Runs a line of shell in a folder, with the tool on the path.
fn shell(place: &Path, line: &str, env: &BTreeMap<String, String>) -> Output {
    let tool = Path::new(env!("CARGO_BIN_EXE_segrule")).parent().unwrap();
    let line = format!("PATH={}:$PATH\n{line}", tool.display());
    Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", &line])
        .current_dir(place)
        .env("LC_ALL", "C")
        .env_remove("LANG")
        .envs(env)
        .output()
        .unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn the_hooks_run_on_good_and_bad_rules() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_vec().unwrap();
    let ids: Vec<&str> = hooks
        .iter()
        .map(|hook| hook["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["segrule-check", "segrule-fmt"]);
    let (good, bad) = (
        folder(&[("rules/a.seg", GOOD)]),
        folder(&[("rules/a.seg", &WARNED.replace(" and", "   and"))]),
    );
    for hook in hooks {
        for key in ["name", "description", "entry", "language", "files"] {
            assert!(hook[key].as_str().is_some(), "{key}");
        }
        let files = regex::Regex::new(hook["files"].as_str().unwrap()).unwrap();
        assert!(files.is_match("rules/a.seg") && !files.is_match("rules/a.csv"));
        let names = match hook["pass_filenames"].as_bool() {
            Some(false) => "",
            _ => " rules/a.seg",
        };
        let line = format!("{}{names}", hook["entry"].as_str().unwrap());
        let none = BTreeMap::new();
        assert_eq!(code(&shell(good.path(), &line, &none)), Some(0), "{line}");
        assert_eq!(code(&shell(bad.path(), &line, &none)), Some(1), "{line}");
    }
}

#[test]
fn the_local_hooks_of_the_guide_are_the_same() {
    let guide = std::fs::read_to_string(root().join("docs/ci/README.md")).unwrap();
    let local = guide
        .split("```yaml\n")
        .find(|part| part.contains("repo: local"));
    let local = local.unwrap().split("```").next().unwrap();
    let local = YamlLoader::load_from_str(local).unwrap().remove(0);
    let local = local["repos"][0]["hooks"].as_vec().unwrap().clone();
    let hooks = yaml(".pre-commit-hooks.yaml");
    for (local, hook) in local.iter().zip(hooks.as_vec().unwrap()) {
        for key in ["id", "name", "entry", "files", "pass_filenames"] {
            assert_eq!(local[key], hook[key], "{key}");
        }
    }
    assert_eq!(local.len(), 2);
}

/// Runs the steps of the action that have nothing to build; the exit code of each.
fn action(place: &Path, inputs: &[(&str, &str)]) -> Vec<(String, i32, String)> {
    let action = yaml("docs/ci/action.yml");
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    for (name, input) in action["inputs"].as_hash().unwrap() {
        assert!(input["description"].as_str().is_some());
        let default = input["default"].as_str().unwrap();
        given.insert(name.as_str().unwrap().to_string(), default.to_string());
    }
    for (name, value) in inputs {
        *given.get_mut(*name).unwrap() = (*value).to_string();
    }
    let steps = action["runs"]["steps"].as_vec().unwrap();
    let mut codes = Vec::new();
    for step in steps.iter().skip(1) {
        assert_eq!(step["shell"].as_str(), Some("bash"));
        let mut env = BTreeMap::new();
        for (name, value) in step["env"].as_hash().unwrap() {
            let value = value.as_str().unwrap();
            let input = value
                .strip_prefix("${{ inputs.")
                .and_then(|rest| rest.strip_suffix(" }}"));
            let value = given.get(input.unwrap()).unwrap().clone();
            env.insert(name.as_str().unwrap().to_string(), value);
        }
        let output = shell(place, step["run"].as_str().unwrap(), &env);
        let out = String::from_utf8(output.stdout.clone()).unwrap();
        codes.push((
            step["name"].as_str().unwrap().to_string(),
            code(&output).unwrap(),
            out,
        ));
    }
    codes
}

#[test]
fn the_action_runs_its_steps_on_good_and_bad_rules() {
    let place = folder(&[("my rules/a.seg", GOOD), ("people.csv", "id,age\n1,20\n")]);
    let inputs = [("rules", "my rules"), ("data", "people.csv")];
    for (name, code, out) in action(place.path(), &inputs) {
        assert_eq!(code, 0, "{name} {out}");
    }
    let place = folder(&[("rules/a.seg", WARNED)]);
    let found = action(place.path(), &[]);
    let codes: Vec<(&str, i32)> = found
        .iter()
        .map(|(name, code, _)| (name.as_str(), *code))
        .collect();
    assert_eq!(codes, [("Layout", 0), ("Check", 1), ("Test", 0)]);
    assert!(
        found[1].2.starts_with("::warning file=rules/a.seg,line=6,"),
        "{}",
        found[1].2
    );
    let found = action(place.path(), &[("deny", "")]);
    assert_eq!(found[1].1, 0);
    run_in(place.path(), &["check", "--write-baseline", "known.json"]);
    let found = action(place.path(), &[("baseline", "known.json")]);
    assert_eq!((found[1].1, found[1].2.as_str()), (0, ""));
}

#[test]
fn the_gitlab_job_writes_its_reports() {
    let job = yaml("docs/ci/gitlab-ci.yml");
    let job = &job["segrule"];
    let place = folder(&[("rules/a.seg", WARNED)]);
    let script = job["script"].as_vec().unwrap();
    let lines = script.iter().map(|line| line.as_str().unwrap());
    let codes: Vec<Option<i32>> = lines
        .map(|line| code(&shell(place.path(), line, &BTreeMap::new())))
        .collect();
    assert_eq!(codes, [Some(0), Some(0), Some(1), Some(0)]);
    let reports = &job["artifacts"]["reports"];
    let read = |name: &str| std::fs::read_to_string(place.path().join(name)).unwrap();
    let quality: Value =
        serde_json::from_str(&read(reports["codequality"].as_str().unwrap())).unwrap();
    let first = &quality[0];
    assert_eq!(first["check_name"], "redundant-clause");
    assert_eq!(first["severity"], "minor");
    assert_eq!(first["location"]["path"], "rules/a.seg");
    assert_eq!(first["location"]["lines"]["begin"], 6);
    assert_eq!(first["fingerprint"].as_str().unwrap().len(), 32);
    for name in reports["junit"].as_vec().unwrap() {
        assert!(read(name.as_str().unwrap()).starts_with("<?xml"));
    }
    assert!(read("segrule-check.xml").contains("<failure type=\"warning\""));
}

#[test]
fn gitlab_knows_a_finding_again_when_lines_move() {
    let prints = |text: &str| -> Vec<String> {
        let place = folder(&[("a.seg", text)]);
        let found = run_in(place.path(), &["check", "--format", "gitlab", "a.seg"]);
        let found: Value = serde_json::from_str(&found.out).unwrap();
        let found = found.as_array().unwrap().iter();
        found
            .map(|issue| issue["fingerprint"].as_str().unwrap().to_string())
            .collect()
    };
    let twice =
        format!("{WARNED}segment b =\n  age >= 18 and age >= 16 or\n  age >= 18 and age >= 16\n");
    let before = prints(&twice);
    let mut distinct = before.clone();
    distinct.sort();
    distinct.dedup();
    assert!(
        before.len() > 2 && distinct.len() == before.len(),
        "{before:?}"
    );
    assert_eq!(prints(&format!("\n\n{twice}")), before);
}

#[test]
fn sarif_has_what_the_standard_asks_for() {
    let place = folder(&[(
        "规 则.seg",
        "schema c { id: id  城市: text }\nsegment 𠮷a = 城市 = \"x\" AND 城市x = 1\n",
    )]);
    let found = run_in(place.path(), &["check", "--format", "sarif", "规 则.seg"]);
    let log: Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "segrule");
    let rules: Vec<&str> = driver["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        assert!(rules.contains(&result["ruleId"].as_str().unwrap()));
        assert!(["note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "%E8%A7%84%20%E5%88%99.seg"
        );
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][key].as_u64().unwrap() >= 1);
        }
        for fix in result["fixes"].as_array().into_iter().flatten() {
            assert!(!fix["description"]["text"].as_str().unwrap().is_empty());
            let replaced = &fix["artifactChanges"][0]["replacements"][0];
            assert!(replaced["deletedRegion"]["startLine"].as_u64().is_some());
            assert!(replaced["insertedContent"]["text"].is_string());
        }
    }
    let syntax = results
        .iter()
        .find(|result| result["ruleId"] == "syntax-error")
        .unwrap();
    assert_eq!(syntax["fixes"].as_array().unwrap().len(), 1);
    // `𠮷` is one character and two UTF-16 units.
    let region = &syntax["locations"][0]["physicalLocation"]["region"];
    let json = run_in(place.path(), &["check", "--format", "json", "规 则.seg"]);
    let json: Value = serde_json::from_str(&json.out).unwrap();
    let same = json["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["code"] == "syntax-error")
        .unwrap();
    assert_eq!(
        region["startColumn"].as_u64().unwrap(),
        same["column"].as_u64().unwrap() + 1
    );
}

#[test]
fn github_annotations_are_one_line_each_and_escaped() {
    let place = folder(&[(
        "100%,a:b.seg",
        "schema c { id: id  city: text }\nsegment a = city = x%y\n",
    )]);
    let found = run_in(
        place.path(),
        &["check", "--format", "github", "100%,a:b.seg"],
    );
    assert!(
        found.out.lines().all(|line| line.starts_with("::")),
        "{}",
        found.out
    );
    assert!(
        found.out.contains("file=100%25%2Ca%3Ab.seg,"),
        "{}",
        found.out
    );
    let message = found
        .out
        .lines()
        .next()
        .unwrap()
        .splitn(3, "::")
        .nth(2)
        .unwrap();
    let escapes = message.matches('%').count();
    let known = ["%25", "%0A", "%0D"]
        .iter()
        .map(|sign| message.matches(sign).count())
        .sum::<usize>();
    assert_eq!(escapes, known, "{message}");
}
