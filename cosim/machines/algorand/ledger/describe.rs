// SPDX-License-Identifier: MIT OR Apache-2.0
//! Transactions as people write them: a TOML file of `[[call]]` and `[[change]]` (`docs/ledger/commands.md`). Values keep
//! their place, for errors.

use std::path::{Path, PathBuf};

use avm_ledger::keys::{PublicKey, SigningKey};
use avm_ledger::main_contract::{self, account_page};
use avm_ledger::params::TRANSACTION_FUEL;
use avm_ledger::tx::{Act, Authorisation, AvmCall, Nonce};
use avm_sim::algorand::asm::{Program, Symbols};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::{AccessList, PageId};
use serde::Deserialize;
use toml::Spanned;

use super::home::Home;
use super::wrong;
use crate::cli::Failure;
use crate::input::{Input, InputError, whole};
use crate::machines::algorand::scenario::{arguments, assemble};
use crate::names::Shown;
use crate::scenario::integer::IntOrText;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileTransactions {
    #[serde(default)]
    call: Vec<Spanned<FileCall>>,
    #[serde(default)]
    change: Vec<Spanned<FileChange>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileCall {
    payer: Spanned<String>,
    app: Spanned<IntOrText>,
    source: Option<Spanned<String>>,
    method: Spanned<IntOrText>,
    #[serde(default)]
    args: Vec<Spanned<IntOrText>>,
    fuel: Option<Spanned<IntOrText>>,
    #[serde(default)]
    access: Vec<Spanned<FileEntry>>,
    #[serde(default)]
    authorise: Vec<Spanned<FileAuthorise>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileEntry {
    app: Spanned<IntOrText>,
    #[serde(default)]
    pages: Vec<Spanned<IntOrText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileAuthorise {
    key: Spanned<String>,
    app: Spanned<IntOrText>,
    message: Vec<Spanned<IntOrText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct FileChange {
    install: Option<Spanned<String>>,
    update: Option<Spanned<String>>,
    remove: Option<Spanned<bool>>,
    app: Option<Spanned<IntOrText>>,
    votes: Option<Vec<Spanned<String>>>,
}

crate::tables!(FileTransactions, FileCall, FileEntry, FileAuthorise, FileChange);

/// A transaction as described: what it lacks is found out with the state.
pub enum Described {
    Call(Box<DescribedCall>),
    Change(Change),
}

/// A call: nonces, and perhaps fuel and list, are to be found.
pub struct DescribedCall {
    /// Without nonces and signatures.
    pub call: AvmCall,
    /// The payer's key, then those of the authorisations.
    pub keys: Vec<SigningKey>,
    /// Whether the file says how much fuel.
    pub has_fuel: bool,
    /// Names and lines of the called application, if the file names its source.
    pub symbols: Option<Symbols>,
    /// Its place in the file, `file:line:column`.
    pub place: String,
}

/// A change of code: its sequence is to be found, and the number of what is installed.
pub struct Change {
    pub act: Act,
    pub app: Option<u64>,
    /// Whose votes; all keys at hand if nobody is named.
    pub votes: Option<Vec<SigningKey>>,
    /// Where it was described.
    pub place: String,
}

/// Reads a file of transactions.
pub fn read(home: &Home, path: &Path) -> Result<Vec<Described>, Failure> {
    let input = Input::read(path)?;
    let file: FileTransactions = toml::from_str(input.text()).map_err(|e| {
        let help = "docs/ledger/commands.md lists the keys".into();
        input.error(e.span().unwrap_or(0..0), e.message().to_string(), help)
    })?;
    let reader = Reader { home, input: &input };
    let mut found = Vec::new();
    for change in &file.change {
        found.push((change.span().start, Described::Change(reader.change(change)?)));
    }
    for call in &file.call {
        found.push((call.span().start, Described::Call(Box::new(reader.call(call)?))));
    }
    if found.is_empty() {
        return Err(input.error(0..0, "no transaction".into(), "add a [[call]] or a [[change]]".into()).into());
    }
    // In the order of the file.
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, described)| described).collect())
}

/// What installs a file.
pub fn install(file: &Path) -> Result<Change, Failure> {
    let image = image(file)?;
    Ok(Change { act: Act::Install(image.to_bytes()), app: None, votes: None, place: file.shown() })
}

/// An image, or what a source assembles to.
fn image(file: &Path) -> Result<Image, Failure> {
    if file.extension().is_some_and(|e| e == "avmi") {
        let bytes = whole(file).map_err(|e| wrong(file, e))?;
        return Image::from_bytes(&bytes).map_err(|e| wrong(file, e));
    }
    Ok(program(file)?.image)
}

fn program(file: &Path) -> Result<Program, Failure> {
    let text = Input::read(file)?;
    Ok(assemble(text.name(), text.text(), file.parent(), &[])?)
}

struct Reader<'a> {
    home: &'a Home,
    input: &'a Input,
}

impl Reader<'_> {
    fn error(&self, span: std::ops::Range<usize>, what: impl Into<String>, help: &str) -> Failure {
        self.input.error(span, what.into(), help.into()).into()
    }

    fn place<T>(&self, value: &Spanned<T>) -> String {
        let (line, column) = self.input.place(value.span().start);
        format!("{}:{line}:{column}", self.input.name())
    }

    fn change(&self, change: &Spanned<FileChange>) -> Result<Change, Failure> {
        let c = change.get_ref();
        let file = |name: &Spanned<String>| image(&self.beside(name)).map(|image| image.to_bytes());
        let act = match (&c.install, &c.update, &c.remove) {
            (Some(name), None, None) => Act::Install(file(name)?),
            (None, Some(name), None) => Act::Update(file(name)?),
            (None, None, Some(remove)) if *remove.get_ref() => Act::Remove,
            _ => {
                return Err(self.error(
                    change.span(),
                    "what is to be done?",
                    "write one of `install = \"FILE\"`, `update = \"FILE\"`, `remove = true`",
                ));
            }
        };
        let app = c.app.as_ref().map(|app| self.application(app)).transpose()?;
        if app.is_none() && !matches!(act, Act::Install(_)) {
            return Err(self.error(change.span(), "of which application?", "add `app = N`"));
        }
        let votes = c.votes.as_ref().map(|names| names.iter().map(|name| self.key(name)).collect()).transpose()?;
        Ok(Change { act, app, votes, place: self.place(change) })
    }

    fn call(&self, call: &Spanned<FileCall>) -> Result<DescribedCall, Failure> {
        let c = call.get_ref();
        let payer = self.key(&c.payer)?;
        let app = self.application(&c.app)?;
        let symbols = self.symbols(app, c.source.as_ref())?;
        let method = self.method(&c.method, symbols.as_ref())?;
        let args = self.bytes(&c.args)?;
        let fuel = c.fuel.as_ref().map(|fuel| self.fuel(fuel)).transpose()?;
        let mut keys = vec![payer];
        let mut authorisations = Vec::new();
        for authorise in &c.authorise {
            let a = authorise.get_ref();
            let key = self.key(&a.key)?;
            let (app, message) = (self.application(&a.app)?, self.bytes(&a.message)?);
            authorisations.push(Authorisation { key: PublicKey::of(&key), nonce: Nonce::default(), app, message });
            keys.push(key);
        }
        let accounts: Vec<_> = keys.iter().map(|key| account_page(&PublicKey::of(key))).collect();
        let list = self.access(call, app, accounts)?;
        let call_of = AvmCall {
            payer: PublicKey::of(&keys[0]),
            nonce: Nonce::default(),
            fuel: fuel.unwrap_or(0),
            app,
            method,
            args,
            authorisations,
            list,
            signatures: Vec::new(),
        };
        Ok(DescribedCall { call: call_of, keys, has_fuel: fuel.is_some(), symbols, place: self.place(call) })
    }

    /// What the file lists, and what every list must have: the called application and the signers' accounts.
    fn access(&self, call: &Spanned<FileCall>, app: u64, accounts: Vec<PageId>) -> Result<AccessList, Failure> {
        let (mut apps, mut pages) = (vec![main_contract::APP, app], accounts);
        for entry in &call.get_ref().access {
            let app = self.application(&entry.get_ref().app)?;
            apps.push(app);
            for page in &entry.get_ref().pages {
                pages.push(PageId { app, page: self.page(page)? });
            }
        }
        AccessList::new(apps, pages).map_err(|e| self.error(call.span(), e.to_string(), "list only what the call uses"))
    }

    /// A page by its number, or that of somebody's account: `account:NAME`.
    fn page(&self, page: &Spanned<IntOrText>) -> Result<u64, Failure> {
        if let IntOrText::Text(text) = page.get_ref()
            && let Some(name) = text.strip_prefix("account:")
        {
            return Ok(account_page(&self.home.account(name)?).page);
        }
        let help = "write an integer, a string of one, or \"account:NAME\"";
        page.get_ref().value().ok_or_else(|| self.error(page.span(), "not a page", help))
    }

    fn application(&self, app: &Spanned<IntOrText>) -> Result<u64, Failure> {
        let id = app.get_ref().exact().and_then(|id| u64::try_from(id).ok()).filter(|id| *id > 0);
        id.ok_or_else(|| self.error(app.span(), "not an application", "write its number, 1 or more"))
    }

    fn fuel(&self, fuel: &Spanned<IntOrText>) -> Result<u64, Failure> {
        let number = fuel.get_ref().exact().filter(|n| (0..=TRANSACTION_FUEL.into()).contains(n));
        let help = format!("write 0 to {TRANSACTION_FUEL}, or leave it out and use --from-oracle");
        number.map(|n| n as u64).ok_or_else(|| self.error(fuel.span(), "that is no fuel", &help))
    }

    fn key(&self, name: &Spanned<String>) -> Result<SigningKey, Failure> {
        self.home.key(name.get_ref()).map_err(|e| match e {
            Failure::Input(e) => self.error(name.span(), e.to_string(), "avm ledger key NAME makes one"),
            other => other,
        })
    }

    fn beside(&self, name: &Spanned<String>) -> PathBuf {
        self.input.beside(name.get_ref())
    }

    /// The names of methods: of the file's source, or of the main contract, which is known.
    fn symbols(&self, app: u64, source: Option<&Spanned<String>>) -> Result<Option<Symbols>, Failure> {
        match source {
            Some(name) => Ok(Some(program(&self.beside(name))?.symbols)),
            None if app == main_contract::APP => Ok(Some(main_contract::program().symbols.clone())),
            None => Ok(None),
        }
    }

    fn method(&self, method: &Spanned<IntOrText>, symbols: Option<&Symbols>) -> Result<u16, Failure> {
        if let IntOrText::Text(name) = method.get_ref()
            && let Some(index) = symbols.and_then(|s| s.method(name))
        {
            return Ok(index);
        }
        let number = method.get_ref().exact().and_then(|n| u16::try_from(n).ok());
        let help = match symbols {
            Some(_) => "the source has none of this name",
            None => "write its index, or name the application's `source`",
        };
        number.ok_or_else(|| self.error(method.span(), "not a method", help))
    }

    /// Arguments in the forms that scenarios have; besides `key:NAME`, an account's 32 bytes, and `text:...`.
    fn bytes(&self, args: &[Spanned<IntOrText>]) -> Result<Vec<u8>, Failure> {
        let plain = args.iter().map(|arg| Ok(Spanned::new(arg.span(), self.plain(arg)?)));
        let plain = plain.collect::<Result<Vec<_>, Failure>>()?;
        Ok(arguments(self.input, &plain)?)
    }

    fn plain(&self, arg: &Spanned<IntOrText>) -> Result<IntOrText, Failure> {
        let hex = |bytes: &[u8]| IntOrText::Text(format!("hex:{}", avm_ledger::package::Hex(bytes.to_vec())));
        match arg.get_ref() {
            IntOrText::Text(text) => match text.split_once(':') {
                Some(("text", text)) => Ok(hex(text.as_bytes())),
                Some(("key", name)) => {
                    let account = self.home.account(name).map_err(|e| match e {
                        Failure::Input(e) => {
                            self.error(arg.span(), e.to_string(), "or write 64 hexadecimal digits, or key:app:N")
                        }
                        other => other,
                    });
                    account.map(|account| hex(&account.0))
                }
                _ => Ok(arg.get_ref().clone()),
            },
            IntOrText::Int(_) => Ok(arg.get_ref().clone()),
        }
    }
}

/// An error at a described transaction.
pub fn at(place: &str, what: impl std::fmt::Display) -> Failure {
    InputError::plain(format!("{place}: error: {what}")).into()
}
