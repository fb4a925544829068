//! Finds what definitions read, and by whom something is read.

use super::{Workspace, WorkspaceError};
use crate::check::sending::{Campaign, Exclusion, SortBy};
use crate::check::typed::{Condition, RuleSet, Uses};
use crate::name::{FieldId, Name, SegmentId};
use crate::report::deps::{Dependencies, Kind, Named, Reads, Rule, Use, UsedBy};
use crate::say;
use indexmap::IndexMap;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What segments and campaigns read, themselves and through segments; all of them without names.
///
/// # Errors
/// A name that neither a segment nor a campaign has.
pub fn deps(workspace: &Workspace, names: &[String]) -> Result<Dependencies, WorkspaceError> {
    let rules = &workspace.rules;
    let all = all(rules);
    let mut wanted = match names.is_empty() {
        true => all.clone(),
        false => {
            let mut wanted = Vec::with_capacity(names.len());
            for name in names {
                let is_it = |rule: &&Rule| rule.is_named(Name::new(name).as_str());
                let found = all.iter().find(is_it).cloned();
                wanted.push(found.ok_or_else(|| unknown(&all, name))?);
            }
            wanted
        }
    };
    let segments = all.into_iter().filter(|rule| rule.kind == Kind::Segment);
    let segments: IndexMap<String, Reads> = segments.map(|rule| (rule.name, rule.reads)).collect();
    for rule in &mut wanted {
        rule.through = through(&rule.reads, &segments);
    }
    Ok(Dependencies {
        version: 1,
        rules: wanted,
        segments,
    })
}

/// Who reads a field, segment, list or parameter.
///
/// # Errors
/// Nothing has that name.
pub fn used_by(workspace: &Workspace, name: &str) -> Result<UsedBy, WorkspaceError> {
    let rules = &workspace.rules;
    let name = Name::new(name);
    let field = rules.schema.find(name.as_str());
    let field = field.and_then(|id| rules.schema.field(id));
    let mut things = Vec::new();
    things.extend(field.map(|field| (Kind::Field, field.name.to_string())));
    let is_segment = rules.segment_names.contains_key(&name);
    let is_list = rules.lists.contains_key(&name);
    let is_param = rules.params.contains_key(&name);
    let others = [
        (is_segment, Kind::Segment),
        (is_list, Kind::List),
        (is_param, Kind::Param),
    ];
    let others = others.into_iter().filter(|(is_there, _)| *is_there);
    things.extend(others.map(|(_, kind)| (kind, name.to_string())));
    if things.is_empty() {
        return Err(nothing(rules, name.as_str()));
    }
    let all = all(rules);
    let things = things.into_iter().map(|(kind, name)| Use {
        used_by: users(rules, &all, kind, &name),
        kind,
        name,
    });
    Ok(UsedBy {
        version: 1,
        uses: things.collect(),
    })
}

/// Those who read a thing, with the segments they name through which they do.
fn users(rules: &RuleSet, all: &[Rule], kind: Kind, name: &str) -> Vec<Named> {
    let is_direct = |rule: &Rule| rule.reads.of(kind).iter().any(|each| each == name);
    let by_name: HashMap<&str, &Rule> = all
        .iter()
        .filter(|rule| rule.kind == Kind::Segment)
        .map(|rule| (rule.name.as_str(), rule))
        .collect();
    // Segments come after those they name, so one pass finds everybody.
    let mut reading: HashSet<&str> = HashSet::new();
    for segment in &rules.segments {
        if let Some(rule) = by_name.get(segment.name.as_str())
            && (is_direct(rule)
                || rule
                    .reads
                    .segments
                    .iter()
                    .any(|name| reading.contains(name.as_str())))
        {
            reading.insert(&rule.name);
        }
    }
    let mut users = Vec::new();
    for rule in all {
        let passes = |segment: &&String| reading.contains(segment.as_str());
        let user = Named {
            kind: rule.kind,
            name: rule.name.clone(),
            direct: is_direct(rule),
            through: rule.reads.segments.iter().filter(passes).cloned().collect(),
        };
        if user.direct || !user.through.is_empty() {
            users.push(user);
        }
    }
    if kind == Kind::Segment {
        let id = rules.find_segment(name);
        let asks = rules.tests.iter().filter(|test| {
            let mut cases = test.cases.iter();
            cases.any(|case| Some(case.segment) == id)
        });
        users.extend(asks.map(|test| Named {
            kind: Kind::Test,
            name: test.title.to_string(),
            direct: true,
            through: Vec::new(),
        }));
    }
    users
}

/// Every segment in the order written, then every campaign; what they read through others is not yet
/// looked up.
fn all(rules: &RuleSet) -> Vec<Rule> {
    let segments = rules.declared.iter().filter_map(|id| {
        let segment = rules.segment(*id)?;
        let uses = rules.uses.get(id.index()).cloned().unwrap_or_default();
        let fields = segment.condition.own_fields();
        Some(Rule {
            kind: Kind::Segment,
            name: segment.name.to_string(),
            reads: reads(rules, &[&segment.condition], &fields, &[], &uses),
            through: Reads::default(),
        })
    });
    let campaigns = rules.campaigns.values().map(|campaign| Rule {
        kind: Kind::Campaign,
        name: campaign.name.to_string(),
        reads: of_campaign(rules, campaign),
        through: Reads::default(),
    });
    segments.chain(campaigns).collect()
}

fn of_campaign(rules: &RuleSet, campaign: &Campaign) -> Reads {
    let keys = campaign.order.iter().chain(campaign.keep.iter().flatten());
    let of_keys = keys.filter_map(|key| match &key.by {
        SortBy::Condition(condition) => Some(condition),
        SortBy::Field(_) | SortBy::Quantity(_) => None,
    });
    let conditions: Vec<&Condition> = std::iter::once(&campaign.audience)
        .chain(&campaign.prefer)
        .chain(&campaign.defer)
        .chain(campaign.slow.iter().map(|slow| &slow.condition))
        .chain(of_keys)
        .collect();
    let excluded = campaign.exclude.iter();
    let excluded: Vec<SegmentId> = excluded
        .filter_map(|(_, exclusion)| match exclusion {
            Exclusion::Segment(id) => Some(*id),
            Exclusion::List(_) => None,
        })
        .collect();
    reads(
        rules,
        &conditions,
        &campaign.own_reads,
        &excluded,
        &campaign.uses,
    )
}

fn reads(
    rules: &RuleSet,
    conditions: &[&Condition],
    fields: &BTreeSet<FieldId>,
    more: &[SegmentId],
    uses: &Uses,
) -> Reads {
    let fields = fields.iter().filter_map(|id| rules.schema.field(*id));
    let named = conditions.iter().flat_map(|condition| condition.segments());
    let mut segments = Vec::new();
    for id in named.chain(more.iter().copied()) {
        let name = rules.segment(id).map(|segment| segment.name.to_string());
        segments.extend(name.filter(|name| !segments.contains(name)));
    }
    Reads {
        fields: fields.map(|field| field.name.to_string()).collect(),
        segments,
        lists: uses.lists.iter().map(Name::to_string).collect(),
        params: uses.params.iter().map(Name::to_string).collect(),
    }
}

/// What is read through segments.
fn through(reads: &Reads, segments: &IndexMap<String, Reads>) -> Reads {
    let mut through = Reads::default();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut open: Vec<&String> = reads.segments.iter().collect();
    while let Some(name) = open.pop() {
        if let Some(inner) = segments.get(name)
            && seen.insert(name)
        {
            through.add(inner);
            open.extend(&inner.segments);
        }
    }
    through.sort();
    through
}

fn unknown(all: &[Rule], name: &str) -> WorkspaceError {
    let known = all.iter().map(|rule| rule.name.as_str());
    let near = crate::name::nearest(name, known, 3).join(", ");
    WorkspaceError::new(match near.is_empty() {
        true => say!(
            "there is no segment or campaign `{name}`",
            "没有人群或群发 `{name}`"
        ),
        false => say!(
            "there is no segment or campaign `{name}`: did you mean {near}?",
            "没有人群或群发 `{name}`：是不是 {near}？"
        ),
    })
}

fn nothing(rules: &RuleSet, name: &str) -> WorkspaceError {
    let known = rules.schema.names().map(Name::as_str);
    let known = known.chain(rules.segment_names.keys().map(Name::as_str));
    let known = known.chain(rules.lists.keys().map(Name::as_str));
    let known = known.chain(rules.params.keys().map(Name::as_str));
    let near = crate::name::nearest(name, known, 3).join(", ");
    WorkspaceError::new(match near.is_empty() {
        true => say!(
            "there is no field, segment, list or parameter `{name}`",
            "没有字段、人群、名单或参数 `{name}`"
        ),
        false => say!(
            "there is no field, segment, list or parameter `{name}`: did you mean {near}?",
            "没有字段、人群、名单或参数 `{name}`：是不是 {near}？"
        ),
    })
}
