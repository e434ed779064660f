//! What the bureau does before anybody else can.

use std::collections::BTreeMap;

use piao_client::commands;
use piao_domain::command::Command;
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_domain::rules::RuleChange;

use super::missing;
use crate::demo::cast::Company;
use crate::demo::examples::RULES;
use crate::demo::say::{Say, say};
use crate::demo::stage::Stage;
use crate::demo::tale::Heights;
use crate::exit::Failure;

pub(super) async fn register(
    stage: &mut Stage,
    companies: &BTreeMap<PartyId, Company>,
) -> Result<(), Failure> {
    stage.tale.act(&say!("一、登记与规则", "1. Registration and rules"))?;
    let bureau = stage.bureau.clone();
    let mut heights = None;
    for (place, (party, company)) in companies.iter().enumerate() {
        // Every algorithm that a party may register with, in turn.
        let algorithm = [Algorithm::Es256k, Algorithm::Es256, Algorithm::EdDsa][place % 3];
        let identity = Stage::draw(Some(party.clone()), algorithm)?;
        let (region, industry) = (company.region, company.industry.clone());
        let command = commands::register(company.uscc, &company.name, region, industry, identity.public());
        stage.enter(identity, Say::same(&company.name));
        let (_, height) = stage.accept_untold(&bureau, command, None).await?;
        heights = Some(Heights { last: height, ..heights.unwrap_or(Heights::one(height)) });
    }
    let mut names = companies.values().map(|company| company.name.as_str());
    let (Some(heights), Some(first), Some(last)) = (heights, names.next(), names.next_back()) else {
        return Err(missing("two companies"));
    };
    let count = companies.len();
    let what = say!(
        "登记 {count} 家企业及其密钥，从{first}到{last}",
        "registers {count} enterprises with their keys, {first} to {last}"
    );
    stage.tell(&bureau, heights, &what)
}

pub(super) async fn deploy(stage: &mut Stage) -> Result<(), Failure> {
    let bureau = stage.bureau.clone();
    let command =
        commands::deploy_rules(RULES).map_err(|error| Failure::fault("reading the example rules", error))?;
    let Command::Rules(RuleChange::Deploy(set)) = &command else {
        return Err(missing("rule set to deploy"));
    };
    let version = set.version.clone();
    let (id, number) = (version.id.clone(), version.version);
    let what = say!(
        "部署深圳的开票规则 {id} 第 {number} 版",
        "deploys the issuing rules of Shenzhen, {id} version {number}"
    );
    stage.accept(&bureau, command, None, what).await?;
    let today = stage.client(&bureau)?.sources().now().date();
    let command = commands::activate_rules(version, today);
    stage.accept(&bureau, command, None, say!("自今日起启用", "puts them in force from today")).await?;
    Ok(())
}
