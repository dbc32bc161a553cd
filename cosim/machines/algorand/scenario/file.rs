// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file as written. Values keep their place, for errors.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};
use toml::Spanned;

use super::Latency;
pub(super) use crate::scenario::integer::IntOrText;
use crate::scenario::integer::exact;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileScenario {
    pub machine: String,
    #[serde(default)]
    pub about: String,
    #[serde(default)]
    pub app: Vec<Spanned<FileApp>>,
    #[serde(default)]
    pub world: FileWorld,
    #[serde(default)]
    pub defaults: FileDefaults,
    #[serde(default)]
    pub call: Vec<Spanned<FileCall>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileApp {
    pub id: IntOrText,
    pub name: Option<Spanned<String>>,
    pub source: Option<Spanned<String>>,
    pub image: Option<Spanned<String>>,
    pub text: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileWorld {
    pub latency: Option<Spanned<Latency>>,
    pub limits: Option<Spanned<FileLimits>>,
    #[serde(default)]
    pub algorand: FileHeap,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileLimits {
    pub call_depth: Option<Spanned<IntOrText>>,
    pub invocations: Option<Spanned<IntOrText>>,
    pub log: Option<Spanned<IntOrText>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileHeap {
    #[serde(default)]
    pub pages: Vec<Spanned<FilePage>>,
    pub access: Option<Spanned<Vec<Spanned<FileEntry>>>>,
}

/// A page with its contents, one way or the other; `absent` only where pages are expected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FilePage {
    pub app: Spanned<IntOrText>,
    pub page: Spanned<IntOrText>,
    pub hex: Option<Spanned<String>>,
    pub words: Option<Spanned<Vec<Spanned<IntOrText>>>>,
    pub size: Option<Spanned<IntOrText>>,
    pub absent: Option<Spanned<bool>>,
}

/// An application, or some of its pages, by name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileEntry {
    pub app: Spanned<IntOrText>,
    pub pages: Option<Vec<Spanned<IntOrText>>>,
}

/// What calls have that do not say it themselves.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileDefaults {
    pub app: Option<Spanned<IntOrText>>,
    pub method: Option<Spanned<IntOrText>>,
    pub fuel: Option<Spanned<IntOrText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileCall {
    pub app: Option<Spanned<IntOrText>>,
    pub method: Option<Spanned<IntOrText>>,
    #[serde(default)]
    pub args: Vec<Spanned<IntOrText>>,
    pub fuel: Option<Spanned<IntOrText>>,
    pub sweep: Option<Spanned<Vec<Spanned<IntOrText>>>>,
    pub access: Option<Spanned<Vec<Spanned<FileEntry>>>>,
    #[serde(default)]
    pub signed: Vec<Spanned<FileGrant>>,
    pub returns: Option<Spanned<IntOrText>>,
    pub fuel_used: Option<Spanned<IntOrText>>,
    pub expect: Option<Spanned<FileExpect>>,
}

/// A message that a key has signed for an application.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileGrant {
    pub app: Spanned<IntOrText>,
    pub key: Spanned<String>,
    pub message: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(super) struct FileExpect {
    pub outcome: Option<Spanned<String>>,
    pub value: Option<Spanned<IntOrText>>,
    pub exception: Option<Spanned<FileException>>,
    pub fuel_used: Option<Spanned<IntOrText>>,
    pub cycles: Option<Spanned<IntOrText>>,
    pub touched: Option<Vec<Spanned<FileEntry>>>,
    pub written: Option<Vec<Spanned<FileEntry>>>,
    pub log: Option<Spanned<IntOrText>>,
    #[serde(default)]
    pub pages: Vec<Spanned<FilePage>>,
}

pub(super) enum FileException {
    Thrown(IntOrText),
    Code(IntOrText),
}

crate::tables!(
    FileScenario,
    FileApp,
    FileWorld,
    FileLimits,
    FileHeap,
    FilePage,
    FileEntry,
    FileDefaults,
    FileCall,
    FileGrant,
    FileExpect
);

/// A 64-bit number in text form, signed or unsigned, as a cell.
pub(super) fn number(text: &str) -> Option<u64> {
    exact(text).map(|n| n as u64)
}

/// Bytes of hexadecimal digits; spaces and line ends between them are skipped.
pub(super) fn hex(digits: &str) -> Option<Vec<u8>> {
    let d: Vec<u32> = digits.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    d.len().is_multiple_of(2).then(|| d.chunks(2).map(|p| (p[0] * 16 + p[1]) as u8).collect())
}

// By hand, not `untagged`: that reports "did not match any variant", and loses the place.

struct FileExceptionVisitor;

impl<'de> Visitor<'de> for FileExceptionVisitor {
    type Value = FileException;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the name of a cause, a code or { thrown = V }")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<FileException, E> {
        Ok(FileException::Code(IntOrText::Int(value)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FileException, E> {
        Ok(FileException::Code(IntOrText::Text(text.into())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FileException, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Thrown {
            thrown: IntOrText,
        }
        let Thrown { thrown } = Thrown::deserialize(MapAccessDeserializer::new(map))?;
        Ok(FileException::Thrown(thrown))
    }
}

impl<'de> Deserialize<'de> for FileException {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FileException, D::Error> {
        deserializer.deserialize_any(FileExceptionVisitor)
    }
}
