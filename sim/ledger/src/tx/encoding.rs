// SPDX-License-Identifier: MIT OR Apache-2.0
//! Transactions as bytes. What can be decoded is encoded to the same bytes: there is one encoding.

use avm_sim::algorand::params::{ACCESS_APPS, ACCESS_PAGES, FRAME_MAX};
use avm_sim::algorand::world::{AccessList, PageId};

use super::{Act, Authorisation, AvmCall, CodeChange, Nonce, Transaction};
use crate::bytes::{Malformed, Reader};
use crate::certificate::{read_votes, write_votes};
use crate::params::{AUTHORISATIONS, CALL_BYTES, CODE_BYTES, MESSAGE_BYTES};

const CALL: u8 = 1;
const CODE: u8 = 2;

/// Largest image: header and two areas of the machine.
const IMAGE_BYTES: usize = 20 + avm_sim::algorand::params::CODE_BYTES + avm_sim::algorand::params::CONST_BYTES;

impl Transaction {
    /// The transaction as it is sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.body();
        match self {
            Transaction::Call(call) => call.signatures.iter().for_each(|s| out.extend(s.0)),
            Transaction::Code(change) => write_votes(&change.votes, &mut out),
        }
        out
    }

    /// Reads a transaction; any bytes are answered.
    pub fn from_bytes(bytes: &[u8]) -> Result<Transaction, Malformed> {
        let mut r = Reader::new(bytes);
        let too_large = |most| bytes.len() > most;
        let transaction = match r.u8()? {
            CALL if too_large(CALL_BYTES) => return r.refuse("a call of more than 8,192 bytes"),
            CODE if too_large(CODE_BYTES) => return r.refuse("a change of code of more than 65,536 bytes"),
            CALL => Transaction::Call(read_call(&mut r)?),
            CODE => Transaction::Code(read_change(&mut r)?),
            _ => return r.refuse("no such kind of transaction"),
        };
        r.end()?;
        Ok(transaction)
    }

    /// What the payer signs, and the id covers: all but the signatures.
    pub fn body(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        match self {
            Transaction::Call(call) => write_call(call, &mut out),
            Transaction::Code(change) => write_change(change, &mut out),
        }
        out
    }
}

fn write_nonce(nonce: Nonce, out: &mut Vec<u8>) {
    out.extend(nonce.issuance.to_le_bytes());
    out.extend(nonce.sequence.to_le_bytes());
}

fn read_nonce(r: &mut Reader) -> Result<Nonce, Malformed> {
    Ok(Nonce { issuance: r.u64()?, sequence: r.u32()? })
}

fn write_call(call: &AvmCall, out: &mut Vec<u8>) {
    out.push(CALL);
    out.extend(call.payer.0);
    write_nonce(call.nonce, out);
    out.extend(call.fuel.to_le_bytes());
    out.extend(call.app.to_le_bytes());
    out.extend(call.method.to_le_bytes());
    out.extend((call.args.len() as u16).to_le_bytes());
    out.extend(&call.args);
    out.push(call.authorisations.len() as u8);
    for a in &call.authorisations {
        out.extend(a.key.0);
        write_nonce(a.nonce, out);
        out.extend(a.app.to_le_bytes());
        out.extend((a.message.len() as u16).to_le_bytes());
        out.extend(&a.message);
    }
    write_list(&call.list, out);
}

fn read_call(r: &mut Reader) -> Result<AvmCall, Malformed> {
    let (payer, nonce, fuel, app, method) = (r.key()?, read_nonce(r)?, r.u64()?, r.u64()?, r.u16()?);
    let args = read_bytes(r, FRAME_MAX, "more than 2,048 argument bytes")?;
    let signers = r.count(AUTHORISATIONS, "more than 7 authorisations")?;
    let authorisations = (0..signers).map(|_| read_authorisation(r)).collect::<Result<Vec<_>, _>>()?;
    let list = read_list(r)?;
    let signatures = (0..=signers).map(|_| r.signature()).collect::<Result<_, _>>()?;
    Ok(AvmCall { payer, nonce, fuel, app, method, args, authorisations, list, signatures })
}

fn read_authorisation(r: &mut Reader) -> Result<Authorisation, Malformed> {
    let (key, nonce, app) = (r.key()?, read_nonce(r)?, r.u64()?);
    let message = read_bytes(r, MESSAGE_BYTES, "a message of more than 256 bytes")?;
    Ok(Authorisation { key, nonce, app, message })
}

/// Bytes behind their number, two bytes.
fn read_bytes(r: &mut Reader, most: usize, what: &'static str) -> Result<Vec<u8>, Malformed> {
    let n = usize::from(r.u16()?);
    if n > most { r.refuse(what) } else { Ok(r.take(n)?.to_vec()) }
}

fn write_list(list: &AccessList, out: &mut Vec<u8>) {
    out.push(list.apps().len() as u8);
    for app in list.apps() {
        let pages = || list.pages().iter().filter(|p| p.app == *app);
        out.extend(app.to_le_bytes());
        out.push(pages().count() as u8);
        pages().for_each(|p| out.extend(p.page.to_le_bytes()));
    }
}

fn read_list(r: &mut Reader) -> Result<AccessList, Malformed> {
    let (mut apps, mut pages) = (Vec::new(), Vec::<PageId>::new());
    for _ in 0..r.count(ACCESS_APPS, "more than 16 applications")? {
        let app = r.u64()?;
        if app == 0 || apps.last().is_some_and(|last| *last >= app) {
            return r.refuse("applications must be ascending, from 1");
        }
        apps.push(app);
        for _ in 0..r.count(ACCESS_PAGES - pages.len(), "more than 32 pages")? {
            let id = PageId { app, page: r.u64()? };
            if pages.last().is_some_and(|last| *last >= id) {
                return r.refuse("pages must be ascending");
            }
            pages.push(id);
        }
    }
    // It has been looked at; the list's own rules are the same.
    AccessList::new(apps, pages).or_else(|_| r.refuse("no access list"))
}

fn write_change(change: &CodeChange, out: &mut Vec<u8>) {
    let (act, image) = match &change.act {
        Act::Install(image) => (0, &image[..]),
        Act::Update(image) => (1, &image[..]),
        Act::Remove => (2, &[][..]),
    };
    out.extend([CODE, act]);
    out.extend(change.sequence.to_le_bytes());
    out.extend(change.app.to_le_bytes());
    out.extend((image.len() as u32).to_le_bytes());
    out.extend(image);
}

fn read_change(r: &mut Reader) -> Result<CodeChange, Malformed> {
    let act = r.u8()?;
    if act > 2 {
        return r.refuse("no such change of code");
    }
    let (sequence, app, bytes) = (r.u64()?, r.u64()?, r.u32()? as usize);
    if bytes > IMAGE_BYTES || (act == 2 && bytes > 0) {
        return r.refuse("more bytes than an image can have");
    }
    let image = r.take(bytes)?.to_vec();
    let act = match act {
        0 => Act::Install(image),
        1 => Act::Update(image),
        _ => Act::Remove,
    };
    Ok(CodeChange { act, sequence, app, votes: read_votes(r)? })
}
