// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a call's transaction was signed for: `signed` of a call, for native `authorized`.

use avm_sim::algorand::authority::{Authority, Grant};
use avm_sim::algorand::params::FRAME_MAX;
use toml::Spanned;

use super::file::{FileGrant, hex};
use super::heap::{self, Reader};
use crate::input::InputError;

/// The signatures of a call. No signature is checked: the file says that they were.
pub(super) fn signed(input: &Reader, list: &[Spanned<FileGrant>]) -> Result<Authority, InputError> {
    list.iter().map(|g| grant(input, g.get_ref())).collect::<Result<_, _>>().map(Authority::new)
}

fn grant(input: &Reader, grant: &FileGrant) -> Result<Grant, InputError> {
    let bytes = |text: &Spanned<String>| {
        let help = || "write two hexadecimal digits for each byte".to_string();
        hex(text.get_ref()).ok_or_else(|| input.error(text.span(), "these are no bytes".into(), help()))
    };
    let (app, key, message) = (heap::application(input, &grant.app)?, bytes(&grant.key)?, bytes(&grant.message)?);
    let key = key.try_into().map_err(|key: Vec<u8>| {
        let what = format!("a key of {} bytes", key.len());
        input.error(grant.key.span(), what, "an Ed25519 public key has 32".into())
    })?;
    if message.len() > FRAME_MAX - 32 {
        let what = format!("a message of {} bytes: no native can ask for it", message.len());
        return Err(input.error(grant.message.span(), what, format!("write at most {}", FRAME_MAX - 32)));
    }
    Ok(Grant { app, key, message })
}

/// A list of signatures as a file has it.
pub fn signed_text(authority: &Authority) -> String {
    let digits = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let grant = |g: &Grant| {
        format!("{{ app = \"{:#x}\", key = \"{}\", message = \"{}\" }}", g.app, digits(&g.key), digits(&g.message))
    };
    format!("[{}]", authority.unused().iter().map(grant).collect::<Vec<_>>().join(", "))
}
