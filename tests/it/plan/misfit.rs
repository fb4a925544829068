//! Campaigns that do not fit: every change that is offered does.

use super::{people, planned, stage};
use serde_json::Value;

fn changes(misfit: &Value) -> Vec<(&str, &str, u64)> {
    let changes = misfit["changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            let text = |key: &str| change[key].as_str().unwrap_or("");
            let (what, to) = (text("change"), text("to"));
            (what, to, change["batch"].as_u64().unwrap_or(0))
        })
        .collect()
}

#[test]
fn a_tier_that_needs_larger_batches_is_offered_with_them() {
    let campaign = "campaign c {
  platform wecom tier basic
  audience everyone
  start    2026-11-23T09:00
  until    2026-11-23T09:30
  batch    500 every 15min
}
";
    let (misfit, code) = planned(campaign, &people(3_000), &[]);
    assert_eq!(code, 1);
    assert_eq!(
        changes(&misfit),
        [
            ("tier", "certified", 1_500),
            ("until", "2026-11-24T00:00:00+08:00", 0),
            ("keep", "", 0)
        ]
    );
    let mended = campaign
        .replace("tier basic", "tier certified")
        .replace("batch    500", "batch 1500");
    let (plan, code) = planned(&mended, &people(3_000), &[]);
    assert_eq!((code, stage(&plan, "sent")), (0, 3_000));
    // One fewer a batch does not fit.
    let (_, code) = planned(&mended.replace("1500", "1499"), &people(3_000), &[]);
    assert_eq!(code, 1);
}

#[test]
fn changes_that_cost_more_than_the_budget_say_so() {
    let campaign = "campaign c {
  platform wecom_assistant
  audience everyone
  start    2026-11-23T09:00
  until    2026-11-23T09:30
  batch    500 every 15min
  budget   1 CNY
}
";
    let (misfit, code) = planned(campaign, &people(3_000), &[]);
    assert_eq!((code, misfit["fitting"].as_u64()), (1, Some(200)));
    assert_eq!(misfit["needs_budget"], "15.00");
    let batch = ("batch    500", "batch 1500");
    assert!(changes(&misfit).contains(&("batch", "1500", 0)));
    let larger = campaign.replace(batch.0, batch.1);
    let (still, code) = planned(&larger, &people(3_000), &[]);
    assert_eq!((code, &still["reason"]), (1, &Value::from("budget")));
    let both = larger.replace("budget   1 CNY", "budget 15.00 CNY");
    let (plan, code) = planned(&both, &people(3_000), &[]);
    assert_eq!((code, stage(&plan, "sent")), (0, 3_000));
    // A budget that is large enough is not mentioned.
    let rich = campaign.replace("budget   1 CNY", "budget 15 CNY");
    let (misfit, _) = planned(&rich, &people(3_000), &[]);
    assert_eq!(
        (&misfit["needs_budget"], &misfit["reason"]),
        (&Value::Null, &Value::from("until"))
    );
}

#[test]
fn a_batch_of_long_messages_that_no_cap_lets_through_is_made_smaller() {
    let campaign = "platform post { cap 100 segments per hour; message text { length 500 sms_cn } }
campaign c {
  platform post
  audience everyone
  start    2026-11-23T09:00
  batch    80 every 15min
  message text { text \"012345678901234567890123456789012345678901234567890123456789012345678901\" }
}
";
    let (misfit, code) = planned(campaign, &people(200), &[]);
    assert_eq!((code, &misfit["reason"]), (1, &Value::from("cap")));
    assert_eq!(changes(&misfit), [("batch", "50", 0), ("keep", "", 0)]);
    let (plan, code) = planned(
        &campaign.replace("batch    80", "batch 50"),
        &people(200),
        &[],
    );
    assert_eq!((code, stage(&plan, "sent")), (0, 200));
}

#[test]
fn too_few_sends_say_how_many_it_takes() {
    let campaign = "campaign c {
  platform wechat
  audience everyone
  start    2026-11-23T09:00
  sends    1
}
";
    let (misfit, code) = planned(campaign, &people(450), &[]);
    assert_eq!((code, misfit["fitting"].as_u64()), (1, Some(200)));
    assert_eq!(changes(&misfit), [("sends", "3", 0), ("keep", "", 0)]);
    let (plan, code) = planned(
        &campaign.replace("sends    1", "sends 3"),
        &people(450),
        &[],
    );
    assert_eq!((code, stage(&plan, "sent")), (0, 450));
}
