// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the node knows of the main contract (`docs/ledger/main-contract.md`): its image, its methods by index, its pages
//! as they are read, and the calls that the node makes itself. It never writes a page.

use std::sync::{Arc, LazyLock};

use avm_sim::algorand::asm::{self, Program};
use avm_sim::algorand::authority::{Authority, Grant};
use avm_sim::algorand::exception::{CODE_CROSSED, CODE_MACHINE, Outcome, retire_code_name};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::world::{AccessList, PageId};
use sha2::{Digest as _, Sha256};

use crate::ids::{Hash, Round};
use crate::keys::PublicKey;
use crate::params::{ALLOWANCE, AUTHORISATIONS};
use crate::tx::{Act, Authorisation, AvmCall, CodeChange, Nonce};

/// `applicationID` of the main contract (D10).
pub const APP: u64 = 1;
/// Its page 0.
pub const STATE_PAGE: PageId = PageId { app: APP, page: 0 };
/// The first page that can be an account.
pub const FIRST_ACCOUNT: u64 = 16;
/// Bytes of an account's page, and of page 0.
pub const PAGE_BYTES: usize = 64;
/// The source.
pub const SOURCE: &str = include_str!("../contracts/main.avm");
/// The first `applicationID` that is given to a contract; those below are the network's.
pub const FIRST_APP: u64 = 16;

/// Methods below this index are called by the node alone.
pub const NODE_METHODS: u16 = 3;
const BEGIN: u64 = 0;
const BUY: u64 = 1;
const GOVERN: u64 = 2;
/// Index of `transfer`.
pub const TRANSFER: u16 = 3;
/// Index of `pay`.
pub const PAY: u16 = 4;
/// Index of `balance`.
pub const BALANCE: u16 = 5;
/// Index of `sweep`.
pub const SWEEP: u16 = 6;
/// Index of `round`.
pub const ROUND: u16 = 7;

/// What its methods throw, by number.
const THROWN: [&str; 12] = [
    "not for this caller",
    "not the next round or change of code",
    "nobody has signed for this",
    "the signature is issued in a round to come",
    "the signature is too old",
    "a greater nonce was used",
    "the balance is too small",
    "the amount is below 1",
    "no such account",
    "the page is another account's",
    "this name can have no account",
    "the account is not empty, or its nonce still counts",
];

/// Image and symbols.
pub fn program() -> &'static Program {
    static PROGRAM: LazyLock<Program> =
        LazyLock::new(|| asm::assemble("main.avm", SOURCE).expect("the main contract assembles"));
    &PROGRAM
}

/// The image that a network starts with.
pub fn image() -> Arc<Image> {
    static IMAGE: LazyLock<Arc<Image>> = LazyLock::new(|| Arc::new(program().image.clone()));
    Arc::clone(&IMAGE)
}

/// Where the account of a key or contract is, or would be.
pub fn account_page(name: &PublicKey) -> PageId {
    let digest = Sha256::digest(name.0);
    PageId { app: APP, page: u64::from_le_bytes(digest[..8].try_into().expect("8 bytes")) }
}

/// How a call of the main contract ended, in words.
pub fn explain(outcome: Outcome) -> String {
    match outcome {
        Outcome::Exception(code) if code & CODE_MACHINE != 0 => {
            format!("the main contract throws `{}`", retire_code_name(code as u8))
        }
        Outcome::Exception(code) => {
            let thrown = code & !CODE_CROSSED;
            let known = usize::try_from(thrown).ok().and_then(|n| THROWN.get(n.wrapping_sub(1)));
            known.map_or_else(|| format!("the main contract throws {thrown}"), |text| (*text).to_string())
        }
        outcome => format!("{outcome:?}"),
    }
}

/// Page 0, as far as the node reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Treasury {
    /// The last block's round.
    pub round: Round,
    /// All micro-ALGOs.
    pub supply: u64,
    /// Those in the fee sink.
    pub sink: u64,
    /// The next `applicationID`.
    pub next_app: u64,
    /// Changes of code so far.
    pub changes: u64,
    /// Lifetime of a signature, rounds.
    pub lifetime: u64,
    /// Micro-ALGOs for a unit of fuel.
    pub price: u64,
}

/// Word `n` of a page; 0 beyond its end.
fn word(page: &[u8], n: usize) -> u64 {
    page.get(8 * n..8 * n + 8).map_or(0, |b| u64::from_le_bytes(b.try_into().expect("8 bytes")))
}

impl Treasury {
    /// Reads page 0; an absent one is all zeros: nothing is confirmed there.
    pub fn read(page: Option<&[u8]>) -> Treasury {
        let word = |n| word(page.unwrap_or(&[]), n);
        let round = Round(word(0));
        let (supply, sink, next_app, changes, lifetime, price) = (word(1), word(2), word(3), word(4), word(5), word(6));
        Treasury { round, supply, sink, next_app, changes, lifetime, price }
    }

    /// The page, for the beginning of a network.
    pub fn to_page(self) -> Vec<u8> {
        let words = [self.round.0, self.supply, self.sink, self.next_app, self.changes, self.lifetime, self.price, 0];
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }
}

/// An account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Micro-ALGOs.
    pub balance: u64,
    /// The least nonce that can be used.
    pub next: (u64, u64),
}

impl Account {
    /// Reads an account's page; `None` if there is none, or it is another's.
    pub fn read(page: Option<&[u8]>, name: &PublicKey) -> Option<Account> {
        let page = page.filter(|page| page.get(..32) == Some(&name.0[..]))?;
        Some(Account { balance: word(page, 4), next: (word(page, 5), word(page, 6)) })
    }

    /// The page of an account that has used no nonce, for the beginning of a network.
    pub fn to_page(name: &PublicKey, balance: u64) -> Vec<u8> {
        let mut page = name.0.to_vec();
        page.extend(balance.to_le_bytes());
        page.resize(PAGE_BYTES, 0);
        page
    }
}

/// A call by the node, which sees the main contract and these pages alone (N2).
fn node_call(method: u64, words: &[u64], pages: impl IntoIterator<Item = PageId>) -> Call {
    let pages = [STATE_PAGE].into_iter().chain(pages);
    Call {
        app: APP,
        method,
        args: words.iter().flat_map(|w| w.to_le_bytes()).collect(),
        fuel: ALLOWANCE,
        access: AccessList::new([APP], pages).expect("one application and at most nine pages"),
        ..Call::default()
    }
}

/// The first call of a block.
pub fn begin(round: Round) -> Call {
    node_call(BEGIN, &[round.0], [])
}

/// The first invocation of a transaction: buys its fuel and uses its nonces.
pub fn buy(call: &AvmCall, id: Hash) -> Call {
    let signers: Vec<_> = call.signers().collect();
    let mut words: Vec<u64> = words_of(&id.0).collect();
    words.extend([call.fuel, signers.len() as u64]);
    for (key, nonce) in &signers {
        words.extend(words_of(&key.0));
        words.extend([nonce.issuance, nonce.sequence.into()]);
    }
    words.resize(6 + 6 * (1 + AUTHORISATIONS), 0);
    let pages = signers.iter().map(|(key, _)| account_page(key));
    Call { authority: authority(call, id), ..node_call(BUY, &words, pages) }
}

/// Counts a change of code.
pub fn govern(change: &CodeChange) -> Call {
    let kind = match change.act {
        Act::Install(_) => 0,
        Act::Update(_) => 1,
        Act::Remove => 2,
    };
    node_call(GOVERN, &[kind, change.app, change.sequence], [])
}

/// What a transaction's signatures are good for: the payer's for the purchase, the others for what they say.
fn authority(call: &AvmCall, id: Hash) -> Authority {
    let purchase = [&b"purchase"[..], &id.0].concat();
    let payer = Grant { app: APP, key: call.payer.0, message: purchase };
    let others = call.authorisations.iter().map(|a| Grant { app: a.app, key: a.key.0, message: a.message.clone() });
    Authority::new(std::iter::once(payer).chain(others).collect())
}

fn words_of(bytes: &[u8; 32]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("8 bytes")))
}

/// What somebody signs who moves money.
pub fn transfer_authorisation(from: PublicKey, nonce: Nonce, to: PublicKey, amount: u64) -> Authorisation {
    let message = [&b"transfer"[..], &to.0, &amount.to_le_bytes()].concat();
    Authorisation { key: from, nonce, app: APP, message }
}

/// A transaction that moves money and is paid for by who sends it, to be signed twice: with `nonce` for the fuel, with the next
/// sequence number for the money.
pub fn transfer(from: PublicKey, nonce: Nonce, to: PublicKey, amount: u64, fuel: u64) -> AvmCall {
    let second = Nonce { sequence: nonce.sequence.saturating_add(1), ..nonce };
    let list = AccessList::new([APP], [account_page(&from), account_page(&to)]).expect("two pages");
    AvmCall {
        payer: from,
        nonce,
        fuel,
        app: APP,
        method: TRANSFER,
        args: [&from.0[..], &to.0, &amount.to_le_bytes()].concat(),
        authorisations: vec![transfer_authorisation(from, second, to, amount)],
        list,
        signatures: Vec::new(),
    }
}
