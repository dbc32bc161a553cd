// SPDX-License-Identifier: MIT OR Apache-2.0
//! Structs that a file writes as tables. Serde takes arrays for structs too, their elements in the order of the fields:
//! `defaults = [7, "main", 100]` would say what nobody sees.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

/// A struct that is read from its fields alone.
pub trait Table<'de>: Sized {
    /// Reads the fields.
    ///
    /// # Errors
    /// A field is not right.
    fn fields<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Reads a table, and refuses everything else.
///
/// # Errors
/// It is no table, or a field is not right.
pub fn table<'de, T: Table<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(TableVisitor(PhantomData))
}

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Table<'de>> Visitor<'de> for TableVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a table `{ KEY = VALUE }`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::fields(MapAccessDeserializer::new(map))
    }
}

/// Makes structs tables. Theirs is `#[derive(Deserialize)]` with `#[serde(remote = "Self")]`, which makes a function of the
/// struct instead of the trait.
#[macro_export]
macro_rules! tables {
    ($($name:ident),+ $(,)?) => { $(
        impl<'de> $crate::scenario::table::Table<'de> for $name {
            fn fields<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                $name::deserialize(deserializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                $crate::scenario::table::table(deserializer)
            }
        }
    )+ };
}
