// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger submit` and `oracle`: described transactions are filled in, signed and tried behind those that wait.

use std::collections::HashMap;
use std::path::PathBuf;

use avm_ledger::cycles::on_core;
use avm_ledger::execute::Execution;
use avm_ledger::ids::{Hash, Round};
use avm_ledger::keys::{PublicKey, SigningKey};
use avm_ledger::main_contract::{self, Account, Treasury, account_page};
use avm_ledger::node::Node;
use avm_ledger::oracle::{self, Report, ask, describe};
use avm_ledger::state::{State, Unavailable};
use avm_ledger::tx::{Act, AvmCall, CodeChange, Nonce, Transaction};
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::world::PageId;
use clap::Args;
use serde_json::{Value, json};

use super::busy::Busy;
use super::describe::{self, Change, Described, DescribedCall, at};
use super::home::Home;
use super::{failure, print, refused};
use crate::cli::Failure;
use crate::machines::algorand::scenario::outcome_text;

/// Arguments of `submit`.
#[derive(Args)]
pub struct Submit {
    /// Files of transactions.
    #[arg(required_unless_present = "install")]
    files: Vec<PathBuf>,
    /// Install a source or an image as the next application; all keys at hand vote for it.
    #[arg(long, value_name = "FILE")]
    install: Vec<PathBuf>,
    /// Let the oracle find fuel and access list of each call, in the state that the waiting ones lead to.
    #[arg(long)]
    from_oracle: bool,
}

/// Arguments of `oracle`.
#[derive(Args)]
pub struct Oracle {
    /// Files of transactions.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Say how many cycles each call takes on the core, too.
    #[arg(long)]
    cycles: bool,
}

fn described(home: &Home, files: &[PathBuf], install: &[PathBuf]) -> Result<Vec<Described>, Failure> {
    let mut all = Vec::new();
    for file in install {
        all.push(Described::Change(describe::install(file)?));
    }
    for file in files {
        all.extend(describe::read(home, file)?);
    }
    Ok(all)
}

/// `avm ledger submit`.
pub fn submit(home: &Home, arguments: &Submit, json: bool) -> Result<(), Failure> {
    let node = home.node(json)?;
    let described = described(home, &arguments.files, &arguments.install)?;
    super::ends_at_signals();
    let busy = Busy::with("transactions", described.len());
    let waiting = home.waiting(&node, json)?;
    let mut queue = Queue::new(home, &node, waiting, json)?;
    for described in described {
        let place = match &described {
            Described::Call(call) => call.place.clone(),
            Described::Change(change) => change.place.clone(),
        };
        let transaction = match described {
            Described::Call(call) => queue.call(*call, arguments.from_oracle)?,
            Described::Change(change) => queue.change(change)?,
        };
        queue.take(transaction, &place, json)?;
        busy.step();
    }
    drop(busy);
    let ids: Vec<Hash> = queue.new.iter().map(|t| t.id(node.genesis())).collect();
    home.wait(queue.all())?;
    let lines: String = ids.iter().zip(&queue.about).map(|(id, about)| format!("{id}  {about}\n")).collect();
    let object = json!({ "accepted": true, "ids": ids, "waiting": queue.all().count() });
    print(json, &object, &lines);
    Ok(())
}

/// The transactions on their way into the next block, and what follows from them for new ones.
struct Queue<'a> {
    home: &'a Home,
    node: &'a Node,
    /// The next block's.
    round: Round,
    before: Vec<Transaction>,
    new: Vec<Transaction>,
    /// A line about each new one.
    about: Vec<String>,
    execution: Execution<'a>,
    /// The same with their calls made, once somebody asked what they lead to.
    ahead: Option<Execution<'a>>,
    /// The least nonce that a key can use.
    nonces: HashMap<PublicKey, Nonce>,
    json: bool,
}

impl<'a> Queue<'a> {
    fn new(home: &'a Home, node: &'a Node, before: Vec<Transaction>, json: bool) -> Result<Queue<'a>, Failure> {
        let tip = node.tip().map_err(|e| failure(e, json))?;
        let round = tip.round.next().unwrap_or(tip.round);
        let mut execution =
            Execution::begin(round, node.store()).map_err(|e| Failure::Tool(format!("the next block: {e}")))?;
        let mut nonces = HashMap::new();
        for checked in Transaction::check_all(before.clone(), node.genesis()).into_iter().flatten() {
            // Those that are not good any more are the producer's to strike out.
            let _ = execution.offer(&checked);
            used(&mut nonces, checked.transaction());
        }
        let (new, about, ahead) = (Vec::new(), Vec::new(), None);
        Ok(Queue { home, node, round, before, new, about, execution, ahead, nonces, json })
    }

    /// All that is on its way.
    fn all(&self) -> impl Iterator<Item = &Transaction> {
        self.before.iter().chain(&self.new)
    }

    /// A nonce that this key has not used, and no transaction on its way.
    fn nonce(&mut self, key: PublicKey) -> Result<Nonce, Failure> {
        let issuance = self.round.0.saturating_sub(1);
        let next = match self.nonces.get(&key) {
            Some(next) => *next,
            None => {
                let page = self.node.store().page(account_page(&key)).map_err(unavailable)?;
                let (issuance, sequence) = Account::read(page.as_deref(), &key).map_or((0, 0), |a| a.next);
                Nonce { issuance, sequence: u32::try_from(sequence).unwrap_or(u32::MAX) }
            }
        };
        let nonce = next.max(Nonce { issuance, sequence: 0 });
        self.nonces.insert(key, Nonce { sequence: nonce.sequence.saturating_add(1), ..nonce });
        Ok(nonce)
    }

    /// Fills a call in, and signs it.
    fn call(&mut self, described: DescribedCall, from_oracle: bool) -> Result<Transaction, Failure> {
        let DescribedCall { mut call, keys, has_fuel, symbols, place } = described;
        if !from_oracle && !has_fuel {
            return Err(at(&place, "the call has no fuel (add `fuel = N`, or use --from-oracle)"));
        }
        call.nonce = self.nonce(call.payer)?;
        for at in 0..call.authorisations.len() {
            call.authorisations[at].nonce = self.nonce(call.authorisations[at].key)?;
        }
        let mut about = format!("call of application {}", call.app);
        if from_oracle {
            let report = self.ask(&call, &place)?;
            if !matches!(report.outcome, Outcome::Returned(_)) {
                let why = failed(&report, symbols.as_ref());
                return Err(refused(self.json, &format!("{place}: the oracle says: {why}")));
            }
            call.list = report.list.clone();
            call.fuel = if has_fuel { call.fuel } else { report.fuel as u64 };
            about = format!("{about}: {}, fuel {}", outcome_text(report.outcome), report.fuel);
        }
        self.about.push(about);
        let others: Vec<&SigningKey> = keys.iter().skip(1).collect();
        Ok(call.signed(self.node.genesis(), &keys[0], &others))
    }

    /// What the call would do behind those that are on their way.
    fn ask(&mut self, call: &AvmCall, place: &str) -> Result<Report, Failure> {
        let state = match self.ahead.take() {
            Some(ahead) => ahead,
            None => self.advanced()?,
        };
        ask(self.node.genesis(), call, self.ahead.insert(state)).map_err(|e| match e {
            oracle::OracleError::List(e) => at(place, e),
            oracle::OracleError::Unavailable(e) => unavailable(e),
            e => refused(self.json, &format!("{place}: {e}")),
        })
    }

    /// The state that the transactions on their way lead to.
    fn advanced(&self) -> Result<Execution<'a>, Failure> {
        let mut execution = Execution::begin(self.round, self.node.store())
            .map_err(|e| Failure::Tool(format!("the next block: {e}")))?;
        let all: Vec<_> = self.all().cloned().collect();
        for checked in Transaction::check_all(all, self.node.genesis()).into_iter().flatten() {
            let _ = execution.offer(&checked);
        }
        execution.advance().map_err(unavailable)?;
        Ok(execution)
    }

    fn change(&mut self, change: Change) -> Result<Transaction, Failure> {
        let page = self.node.store().page(main_contract::STATE_PAGE).map_err(unavailable)?;
        let treasury = Treasury::read(page.as_deref());
        let waiting = || self.all().filter_map(|t| if let Transaction::Code(c) = t { Some(c) } else { None });
        let sequence = treasury.changes + waiting().count() as u64;
        let installs = waiting().filter(|c| matches!(c.act, Act::Install(_))).count() as u64;
        let app = change.app.unwrap_or(treasury.next_app + installs);
        let all = || Ok::<_, Failure>(self.home.keys()?.into_iter().map(|(_, key)| key).collect());
        let named = change.votes.is_some();
        let keys: Vec<SigningKey> = change.votes.map_or_else(all, Ok)?;
        let keys = match named {
            true => keys.iter().collect(),
            false => self.node.voters(&keys).map_err(|e| failure(e, self.json))?,
        };
        let done = match change.act {
            Act::Install(_) => "installs",
            Act::Update(_) => "updates",
            Act::Remove => "removes",
        };
        self.about.push(format!("{done} application {app}"));
        let unsigned = CodeChange { act: change.act, sequence, app, votes: Vec::new() };
        Ok(unsigned.voted(self.node.genesis(), &keys))
    }

    /// Puts a transaction behind the others, if the next block can have it there.
    fn take(&mut self, transaction: Transaction, place: &str, json: bool) -> Result<(), Failure> {
        let checked = transaction.check(self.node.genesis());
        let offered = checked.and_then(|checked| self.execution.offer(&checked).map(|()| checked));
        let checked = offered.map_err(|e| refused(json, &format!("{place}: {e}")))?;
        if let Some(ahead) = &mut self.ahead {
            // What it cannot pay for behind the others' calls, it does not do there either.
            let _ = ahead.advance_by(&checked);
        }
        self.new.push(checked.into_transaction());
        Ok(())
    }
}

/// Nonces that a transaction uses.
fn used(nonces: &mut HashMap<PublicKey, Nonce>, transaction: &Transaction) {
    let Transaction::Call(call) = transaction else { return };
    for (key, nonce) in call.signers() {
        let next = Nonce { sequence: nonce.sequence.saturating_add(1), ..nonce };
        let known = nonces.entry(key).or_default();
        *known = next.max(*known);
    }
}

fn unavailable(e: Unavailable) -> Failure {
    Failure::Tool(e.to_string())
}

/// How a call ends that does not return, and where.
fn failed(report: &Report, symbols: Option<&avm_sim::algorand::asm::Symbols>) -> String {
    let about = report.concerns.as_ref().map(|concerns| format!(" ({concerns})")).unwrap_or_default();
    let app = report.invocation.call.app;
    let of = |site: &avm_sim::algorand::interp::Site| symbols.filter(|_| site.app == app);
    let place = report.backtrace.iter().map(|site| format!("\n  at {}", describe(*site, of(site)))).collect::<String>();
    format!("{}{about}{place}", outcome_text(report.outcome))
}

/// `avm ledger oracle`.
pub fn oracle(home: &Home, arguments: &Oracle, json: bool) -> Result<(), Failure> {
    let node = home.node(json)?;
    let described = described(home, &arguments.files, &[])?;
    super::ends_at_signals();
    let waiting = home.waiting(&node, json)?;
    let mut queue = Queue::new(home, &node, waiting, json)?;
    let (mut objects, mut lines, mut all_return) = (Vec::new(), String::new(), true);
    for described in described {
        let Described::Call(described) = described else { continue };
        let mut described = *described;
        described.call.nonce = queue.nonce(described.call.payer)?;
        for at in 0..described.call.authorisations.len() {
            described.call.authorisations[at].nonce = queue.nonce(described.call.authorisations[at].key)?;
        }
        let report = queue.ask(&described.call, &described.place)?;
        all_return &= matches!(report.outcome, Outcome::Returned(_));
        let cycles = arguments.cycles.then(|| on_core(&report.invocation.world, &report.invocation.call).cycles);
        lines += &text(&described, &report, cycles);
        objects.push(object(&described, &report, cycles));
    }
    print(json, &Value::Array(objects), &lines);
    if all_return { Ok(()) } else { Err(Failure::Unexpected) }
}

fn text(described: &DescribedCall, report: &Report, cycles: Option<u64>) -> String {
    let pages =
        |set: &std::collections::BTreeSet<PageId>| set.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let outcome = match report.outcome {
        Outcome::Returned(_) => outcome_text(report.outcome),
        _ => failed(report, described.symbols.as_ref()),
    };
    let entries: String = report.list.apps().iter().map(|app| entry(report, *app)).collect::<Vec<_>>().join(", ");
    let cycles = cycles.map(|n| format!("cycles   {n}\n")).unwrap_or_default();
    format!(
        "call     {}\noutcome  {outcome}\nfuel     {}\nused     {} by the call itself\ntouched  {}\nwritten  {}\naccess   [{entries}]\n{cycles}\n",
        described.place,
        report.fuel,
        report.used,
        pages(&report.touched),
        pages(&report.written)
    )
}

/// An entry of an access list, as a file has it.
fn entry(report: &Report, app: u64) -> String {
    let pages = report.list.pages().iter().filter(|p| p.app == app);
    let pages: Vec<_> =
        pages.map(|p| if p.page >> 63 == 0 { p.page.to_string() } else { format!("\"{:#x}\"", p.page) }).collect();
    format!("{{ app = {app}, pages = [{}] }}", pages.join(", "))
}

fn object(described: &DescribedCall, report: &Report, cycles: Option<u64>) -> Value {
    let strings = |set: &std::collections::BTreeSet<PageId>| set.iter().map(ToString::to_string).collect::<Vec<_>>();
    let list: Vec<_> = report
        .list
        .apps()
        .iter()
        .map(|app| {
            let pages: Vec<_> = report.list.pages().iter().filter(|p| p.app == *app).map(|p| p.page).collect();
            json!({ "app": app, "pages": pages })
        })
        .collect();
    json!({
        "call": described.place,
        "outcome": outcome_text(report.outcome),
        "returned": matches!(report.outcome, Outcome::Returned(_)),
        "fuel": report.fuel,
        "used": report.used,
        "touched": strings(&report.touched),
        "written": strings(&report.written),
        "access": list,
        "cycles": cycles,
        "concerns": report.concerns,
        "backtrace": report.backtrace.iter().map(|site| describe(*site, None)).collect::<Vec<_>>(),
    })
}
