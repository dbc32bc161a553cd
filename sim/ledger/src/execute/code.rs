// SPDX-License-Identifier: MIT OR Apache-2.0
//! Changes of code: outside the machine, voted for, counted by the main contract (N13).

use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::image::{Image, ImageError};

use super::Execution;
use crate::certificate::check_weight;
use crate::main_contract;
use crate::params::BLOCK_CHANGES;
use crate::tx::{Act, CodeChange, Refusal};

/// Why a change of code does not fit what is installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The bytes are no image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Nothing to update or remove.
    #[error("application {0} is not installed")]
    Absent(u64),
    /// Something is there.
    #[error("application {0} is installed")]
    Present(u64),
    /// A method is not what it was.
    #[error("method {0} must stay where it is, with its access and its argument bytes")]
    Method(usize),
    /// One change for an application in a block.
    #[error("the block changes application {0} already")]
    Twice(u64),
}

impl From<CodeError> for Refusal {
    fn from(error: CodeError) -> Refusal {
        Refusal::Field(error.to_string())
    }
}

impl Execution<'_> {
    /// Votes, what is installed, then the count. Effective with the next block.
    pub(super) fn change(&mut self, change: &CodeChange) -> Result<(), Refusal> {
        if self.code.len() == BLOCK_CHANGES {
            return Err(Refusal::Full);
        }
        if self.code.contains_key(&change.app) {
            return Err(CodeError::Twice(change.app).into());
        }
        check_weight(&change.votes, self.overlay.parent()).map_err(|e| match e {
            crate::certificate::CertificateError::Unavailable(u) => Refusal::Unavailable(u),
            e => Refusal::Votes(e),
        })?;
        let installed = self.overlay.code(change.app)?;
        let image = change.fits(installed.as_deref())?;
        let call = main_contract::govern(change);
        let (world, ran) = self.node_call(&call)?;
        if !matches!(ran.outcome, Outcome::Returned(_)) {
            return Err(Refusal::Inadmissible(ran.outcome));
        }
        self.overlay.apply(&ran.effects);
        self.keep(Some(self.ids.len()), world, call, &ran);
        self.code.insert(change.app, image.map(|image| image.to_bytes()));
        Ok(())
    }
}

impl CodeChange {
    /// What is installed after it, if it fits what is installed before.
    fn fits(&self, installed: Option<&Image>) -> Result<Option<Image>, CodeError> {
        match (&self.act, installed) {
            (Act::Install(image), None) => Ok(Some(Image::from_bytes(image)?)),
            (Act::Install(_), Some(_)) => Err(CodeError::Present(self.app)),
            (Act::Update(image), Some(old)) => {
                let new = Image::from_bytes(image)?;
                match unstable(old, &new) {
                    Some(method) => Err(CodeError::Method(method)),
                    None => Ok(Some(new)),
                }
            }
            (Act::Remove, Some(_)) => Ok(None),
            (Act::Update(_) | Act::Remove, None) => Err(CodeError::Absent(self.app)),
        }
    }
}

/// The first method of the old table that the new one does not have as it was.
fn unstable(old: &Image, new: &Image) -> Option<usize> {
    let kept = |index: usize| {
        let (old, new) = (old.methods()[index], new.methods().get(index));
        new.is_some_and(|new| (new.args, new.public) == (old.args, old.public))
    };
    (0..old.methods().len()).find(|index| !kept(*index))
}
