//! A key that is revoked.

use std::collections::BTreeMap;

use piao_client::commands;
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_domain::money::Fen;
use piao_domain::rejection::Code;
use piao_domain::rules::Allowance;

use super::missing;
use crate::demo::cast::Company;
use crate::demo::say::{Say, say};
use crate::demo::stage::Stage;
use crate::exit::Failure;

/// A company adds a second key and revokes the first; what the first signs from then on is refused.
pub(super) async fn revoke(stage: &mut Stage, companies: &BTreeMap<PartyId, Company>) -> Result<(), Failure> {
    stage.tale.act(&say!("七、更换密钥", "7. A key is replaced"))?;
    let company = companies.values().find(|company| company.in_shenzhen());
    let company = company.ok_or_else(|| missing("company of Shenzhen"))?;
    let party = company.party();
    let first = stage.client(&party)?.identity().cloned();
    let first = first.ok_or_else(|| missing("key of the company"))?;
    let second = Stage::draw(Some(party.clone()), Algorithm::Es256k)?;
    let add = commands::add_key(second.public());
    stage.accept(&party, add, None, say!("添加第二把密钥", "adds a second key")).await?;
    stage.enter(second, Say::same(&company.name));
    let revoke = commands::revoke_key(first.kid());
    stage.accept(&party, revoke, None, say!("撤销第一把密钥", "revokes its first key")).await?;
    stage.enter(first, Say::same(&company.name));
    let month = stage.client(&party)?.sources().now().month();
    let amount = Fen::new(100).map_err(|error| Failure::fault("asking for quota", error))?;
    let command = commands::apply_for_quota(month, Allowance { amount, count: 1 });
    let what =
        say!("已撤销密钥的持有者：用它再次签名", "whoever holds the revoked key: signs with it once more");
    stage.refuse(&party, command, None, Code::KeyRevoked, what).await
}
