// SPDX-License-Identifier: MIT OR Apache-2.0
//! The heap in a file: pages with their contents, lists of pages, access lists.

use std::collections::{BTreeMap, BTreeSet};

use avm_sim::algorand::params::PAGE_MAX;
use avm_sim::algorand::world::{AccessError, AccessList, PageId, World};
use toml::Spanned;

use super::file::{FileEntry, FilePage, IntOrText, hex};
use crate::input::{Input, InputError};

/// A scenario file, and the names that it gives to applications.
pub(super) struct Reader<'a> {
    pub input: &'a Input,
    pub names: &'a [(String, u64)],
}

impl std::ops::Deref for Reader<'_> {
    type Target = Input;

    fn deref(&self) -> &Input {
        self.input
    }
}

/// A 64-bit number where one must be.
pub(super) fn integer(input: &Reader, value: &Spanned<IntOrText>) -> Result<u64, InputError> {
    value.get_ref().value().ok_or_else(|| {
        let help = "write an integer or a string of one, such as \"0xffffffffffffffff\"".into();
        input.error(value.span(), "not a 64-bit integer".into(), help)
    })
}

/// A number of these.
pub(super) fn within(
    input: &Reader,
    value: &Spanned<IntOrText>,
    name: &str,
    least: u64,
    most: u64,
) -> Result<u64, InputError> {
    let number = value.get_ref().exact().filter(|n| (least.into()..=most.into()).contains(n));
    number.map(|n| n as u64).ok_or_else(|| {
        let help = "write an integer or a string of one, such as \"0x10\"".into();
        input.error(value.span(), format!("`{name}` must be {least} to {most}"), help)
    })
}

/// An `applicationID`, or the name of an application: not 0 (D10).
pub(super) fn application(input: &Reader, value: &Spanned<IntOrText>) -> Result<u64, InputError> {
    if let IntOrText::Text(text) = value.get_ref()
        && let Some((_, id)) = input.names.iter().find(|(name, _)| name == text)
    {
        return Ok(*id);
    }
    let negative = value.get_ref().exact().is_some_and(|id| id < 0);
    match integer(input, value)? {
        _ if negative => {
            Err(input.error(value.span(), "an application is no negative number".into(), "write 1 or more".into()))
        }
        0 => {
            let what = "application 0 is nobody: it has no code and no pages, and cannot be listed";
            Err(input.error(value.span(), what.into(), "applications are numbered from 1".into()))
        }
        id => Ok(id),
    }
}

/// The pages before the first call.
pub(super) fn pages(input: &Reader, pages: &[Spanned<FilePage>]) -> Result<BTreeMap<PageId, Vec<u8>>, InputError> {
    let mut out = BTreeMap::new();
    for page in pages {
        if let Some(absent) = &page.get_ref().absent {
            let what = "`absent` says what is expected after a call";
            let help = "leave the page out: pages that are not listed are absent".into();
            return Err(input.error(absent.span(), what.into(), help));
        }
        let (id, contents) = (id(input, page)?, contents(input, page)?);
        if out.insert(id, contents.unwrap_or_default()).is_some() {
            return Err(twice(input, page, id));
        }
    }
    Ok(out)
}

/// Pages with their contents, or absent.
type Expected = Vec<(PageId, Option<Vec<u8>>)>;

/// The pages expected after a call.
pub(super) fn expected(input: &Reader, pages: &[Spanned<FilePage>]) -> Result<Expected, InputError> {
    let mut out = Expected::new();
    for page in pages {
        let id = id(input, page)?;
        if out.iter().any(|(other, _)| *other == id) {
            return Err(twice(input, page, id));
        }
        out.push((id, contents(input, page)?));
    }
    Ok(out)
}

fn id(input: &Reader, page: &Spanned<FilePage>) -> Result<PageId, InputError> {
    let p = page.get_ref();
    Ok(PageId { app: application(input, &p.app)?, page: integer(input, &p.page)? })
}

fn twice(input: &Reader, page: &Spanned<FilePage>, id: PageId) -> InputError {
    let what = format!("page {} of application {} is given twice", id.page, id.app);
    input.error(page.span(), what, "remove one of them".into())
}

fn contents(input: &Reader, page: &Spanned<FilePage>) -> Result<Option<Vec<u8>>, InputError> {
    let p = page.get_ref();
    let (bytes, span) = match (&p.hex, &p.words, &p.size, &p.absent) {
        (Some(digits), None, None, None) => {
            let bytes = hex(digits.get_ref()).ok_or_else(|| {
                let help = "write two hexadecimal digits for each byte".into();
                input.error(digits.span(), "not bytes in hexadecimal".into(), help)
            })?;
            (bytes, digits.span())
        }
        (None, Some(words), None, None) => {
            let words_of = words.get_ref().iter().map(|w| Ok(integer(input, w)?.to_le_bytes()));
            (words_of.collect::<Result<Vec<_>, InputError>>()?.concat(), words.span())
        }
        (None, None, Some(size), None) => {
            let bytes = integer(input, size)?;
            // Looked at before that much memory is asked for.
            if bytes > PAGE_MAX as u64 {
                return Err(wrong_size(input, size.span(), bytes));
            }
            (vec![0; bytes as usize], size.span())
        }
        (None, None, None, Some(absent)) if *absent.get_ref() => return Ok(None),
        _ => {
            let what = "a page needs exactly one of `hex`, `words`, `size`";
            let help = "or, in `expect.pages`, `absent = true`".into();
            return Err(input.error(page.span(), what.into(), help));
        }
    };
    match World::is_page_size(bytes.len()) {
        true => Ok(Some(bytes)),
        false => Err(wrong_size(input, span, bytes.len() as u64)),
    }
}

fn wrong_size(input: &Reader, span: std::ops::Range<usize>, bytes: u64) -> InputError {
    input.error(
        span,
        format!("a page cannot have {bytes} bytes"),
        format!("a page has 8 to {PAGE_MAX} bytes, a multiple of 8"),
    )
}

/// The pages of a list such as `touched`; an entry without pages would say nothing.
pub(super) fn page_set(input: &Reader, entries: &[Spanned<FileEntry>]) -> Result<BTreeSet<PageId>, InputError> {
    if let Some(bare) = entries.iter().find(|e| e.get_ref().pages.is_none()) {
        let help = "applications are not touched or written: list pages".into();
        return Err(input.error(bare.span(), "`pages` is missing".into(), help));
    }
    Ok(listed(input, entries)?.1.into_iter().collect())
}

/// Applications and pages of a list, as written.
fn listed(input: &Reader, entries: &[Spanned<FileEntry>]) -> Result<(Vec<u64>, Vec<PageId>), InputError> {
    let (mut apps, mut pages) = (Vec::new(), Vec::new());
    for entry in entries {
        let app = application(input, &entry.get_ref().app)?;
        apps.push(app);
        for page in entry.get_ref().pages.iter().flatten() {
            pages.push(PageId { app, page: integer(input, page)? });
        }
    }
    Ok((apps, pages))
}

/// An access list as written, in any order: the reader sorts. What is listed twice is a mistake (D32).
pub(super) fn access(input: &Reader, list: &Spanned<Vec<Spanned<FileEntry>>>) -> Result<AccessList, InputError> {
    let (apps, pages) = listed(input, list.get_ref())?;
    listed_once(input, list.get_ref())?;
    AccessList::new(apps, pages)
        .map_err(|e| input.error(list.span(), e.to_string(), "list only what the call uses".into()))
}

/// An entry with pages lists its application as well, so that only those without pages can say one twice.
fn listed_once(input: &Reader, entries: &[Spanned<FileEntry>]) -> Result<(), InputError> {
    let (mut apps, mut pages) = (BTreeSet::new(), BTreeSet::new());
    let twice =
        |span, what: String| Err(input.error(span, what + " is listed twice", "remove one of them (D32)".into()));
    for entry in entries {
        let app = application(input, &entry.get_ref().app)?;
        if entry.get_ref().pages.is_none() && !apps.insert(app) {
            return twice(entry.span(), format!("application {app}"));
        }
        for page in entry.get_ref().pages.iter().flatten() {
            let id = PageId { app, page: integer(input, page)? };
            if !pages.insert(id) {
                return twice(page.span(), format!("page {} of application {app}", id.page));
            }
        }
    }
    Ok(())
}

/// What a call may use when nothing is said: everything that the file has.
pub(super) fn access_to_all(world: &World) -> Result<AccessList, AccessError> {
    AccessList::new(world.apps.keys().copied(), world.pages.keys().copied())
}
