//! `at least 2 of (a, b, c)`

use super::condition::Scope;
use super::problem::mismatch;
use super::typed::ConditionKind;
use super::values::Right;
use crate::diag::{Code, Diagnostic};
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{CountRelation, Expr, LiteralKind};

impl Scope<'_> {
    pub(super) fn count(
        &mut self,
        relation: CountRelation,
        count: &Expr,
        conditions: &[Expr],
        span: Span,
    ) -> Option<ConditionKind> {
        let of = self.all(conditions);
        let wanted = self.wanted_count(count);
        let (of, wanted) = (of?, wanted?);
        let most = u32::try_from(of.len()).unwrap_or(u32::MAX);
        let is_impossible = wanted > most && relation != CountRelation::AtMost;
        let is_idle = match relation {
            CountRelation::AtLeast => wanted == 0,
            CountRelation::AtMost => wanted >= most,
            CountRelation::Exactly => false,
        };
        if is_impossible || is_idle {
            let diagnostic = Diagnostic::new(
                Code::ImpossibleCount,
                span,
                say!("this count never decides anything", "这个计数没有意义"),
            );
            self.report(if is_impossible {
                diagnostic
                    .label(say!(
                        "{wanted} of {most} can never hold",
                        "{most} 个条件中不可能有 {wanted} 个成立"
                    ))
                    .help(say!("ask for at most {most}", "数目最多写 {most}"))
            } else {
                diagnostic
                    .label(say!("always holds", "总是成立"))
                    .help(say!(
                        "change the count, or leave the clause out",
                        "请修改数目，或删去这个条件"
                    ))
            });
            return None;
        }
        Some(ConditionKind::Count {
            relation,
            count: wanted,
            of,
        })
    }

    fn wanted_count(&mut self, count: &Expr) -> Option<u32> {
        let number = match self.right(count)? {
            Right::Literal(literal) => match literal.kind {
                LiteralKind::Number(number) => number.at_scale(0),
                _ => None,
            },
            Right::Word(_) | Right::Other(_) => None,
        };
        let wanted = number.and_then(|number| u32::try_from(number).ok());
        if wanted.is_none() {
            self.report(mismatch(
                count.span,
                say!("no count", "不是数目"),
                say!("write a whole number", "请写整数"),
            ));
        }
        wanted
    }
}
