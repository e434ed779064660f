//! The platforms that rows are measured on, one after the other.

use std::path::Path;

use crate::failure::Failure;
use crate::part::Part;
use crate::plan::{Extent, Plan};
use crate::platform::Platform;
use crate::servers::Servers;

/// Has one platform at a time.
pub(crate) struct Stage<'a> {
    plan: &'a Plan,
    servers: &'a Servers,
    folder: &'a Path,
    standing: Option<(Part, Platform)>,
}

impl<'a> Stage<'a> {
    /// An empty stage; logs and files of platforms go into the folder.
    pub(crate) const fn new(plan: &'a Plan, servers: &'a Servers, folder: &'a Path) -> Self {
        Self { plan, servers, folder, standing: None }
    }

    /// The platform of a part: a fresh one, unless the part before wants the same. A smoke run has one for all, since
    /// nothing of it is measured.
    pub(crate) async fn platform(&mut self, part: Part) -> Result<&mut Platform, Failure> {
        let part = match self.plan.extent {
            Extent::Smoke => Part::Rest,
            Extent::Quick | Extent::Whole => part.stage(),
        };
        let standing = match self.standing.take() {
            Some(standing) if standing.0 == part => standing,
            // It ends before the next one begins.
            before => {
                drop(before);
                let now = crate::now();
                (part, Platform::start(self.servers, self.folder, part, now).await?)
            }
        };
        Ok(&mut self.standing.insert(standing).1)
    }
}
