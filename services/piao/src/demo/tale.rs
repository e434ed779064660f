//! The timeline: acts, and under each the steps that belong to it.

use std::net::SocketAddr;

use piao_client::Problem;
use piao_domain::rejection::Code;
use piao_edge::problem::ProblemCode;

use super::say::{Say, say};
use crate::exit::Failure;
use crate::hands::language::Language;
use crate::output::{plain, print};

/// Tells what happens, or keeps silent where one document is asked for.
pub(super) struct Tale {
    language: Language,
    silent: bool,
}

/// Blocks in which the steps of a line stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heights {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Heights {
    pub(super) const fn one(height: u64) -> Self {
        Self { first: height, last: height }
    }
}

impl Tale {
    pub(super) const fn new(language: Language, silent: bool) -> Self {
        Self { language, silent }
    }

    pub(super) const fn language(&self) -> Language {
        self.language
    }

    /// What will be seen.
    pub(super) fn open(&self, address: SocketAddr) -> Result<(), Failure> {
        self.lines(&say!(
            "piao 演示：税务局部署规则，开票企业申请额度并开票，持有人认领，报销企业锁定、入账、报销，\n\
             应当被拒绝的也逐一演示；最后导出整条链，在另一个进程里审计，并证明改动过的副本会被发现。\n\
             账本、全部服务和数据库都在本进程里（http://{address}）。每一步由行为主体用自己的密钥签名，经 HTTP 发送，\n\
             由账本裁决后写入一个区块。企业是真实的，谁向谁开了什么是虚构的。约需十几秒。\n\n\
             区块 = 写入第几个区块（高度）    结果 = 账本的裁决    其后 = 谁做了什么",
            "The piao demo: a bureau deploys rules, merchants get quota and issue, holders claim, enterprises lock, book\n\
             and settle, and what must be refused is tried, too. Then the whole chain is exported, audited in a second\n\
             process, and damaged copies of it are shown to be found out.\n\
             Ledger, services and database run in this process (http://{address}). Every step is signed by the client\n\
             with the key of the party that acts, sent over HTTP, decided by the ledger and written into a block. The\n\
             companies are real; who billed whom for what is made up. It takes some ten to\n\
             thirty seconds.\n\n\
             block = the height of the block that holds it    result = the ledger's decision    then who did what",
        ))
    }

    /// A heading, and the columns under it.
    pub(super) fn act(&self, heading: &Say) -> Result<(), Failure> {
        self.lines(&Say::new(
            format!("\n{}\n    区块  结果", heading.told(Language::Zh)),
            format!("\n{}\n   block  result", heading.told(Language::En)),
        ))
    }

    /// A step, or several alike, that was accepted.
    pub(super) fn accepted(&self, heights: Heights, what: &Say) -> Result<(), Failure> {
        self.step(heights, self.language.pick("接受", "ok     "), what)
    }

    /// A step that was refused, and why: what the service says of it, place by place.
    pub(super) fn refused(
        &self,
        height: u64,
        what: &Say,
        code: Code,
        explanation: Option<&Problem>,
    ) -> Result<(), Failure> {
        self.step(Heights::one(height), self.language.pick("拒绝", "REFUSED"), what)?;
        let title = ProblemCode::Refused(code).texts(self.language.of_services()).title;
        let mut why = format!("            → {code}  {title}");
        for error in explanation.map_or(&[][..], |problem| &problem.errors) {
            let expected = error.expected.as_ref().map(ToString::to_string);
            let actual = error.actual.as_ref().map(ToString::to_string);
            let place = [
                Some(error.pointer.clone()),
                expected.map(|text| format!("{} {text}", self.language.pick("应为", "want"))),
                actual.map(|text| format!("{} {text}", self.language.pick("实为", "found"))),
            ];
            let place = place.into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>();
            why.push_str(&format!("  [{}]", plain(&place.join(self.language.pick("，", ", ")))));
        }
        self.lines(&Say::same(&why))
    }

    /// Lines as they are.
    pub(super) fn lines(&self, text: &Say) -> Result<(), Failure> {
        if self.silent { Ok(()) } else { print(&format!("{}\n", text.told(self.language))) }
    }

    fn step(&self, heights: Heights, result: &str, what: &Say) -> Result<(), Failure> {
        let Heights { first, last } = heights;
        let blocks = if first == last { first.to_string() } else { format!("{first}-{last}") };
        self.lines(&Say::same(&format!("{blocks:>8}  {result}  {}", what.told(self.language))))
    }
}
