// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files of proofs and of claims, read. What JSON readers pass over is an error here, with its place: a name that is
//! given twice, a hash that is none. Names and values are slices of the text, by which their places are known.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Claim, Claims, Proof};
use crate::input::{Input, InputError};

/// Hexadecimal digits of a hash.
const HASH_DIGITS: usize = 64;

/// JSON as these files have it.
enum Json<'t> {
    Text(&'t str),
    Number(u64),
    List(Vec<Json<'t>>),
    Object(Vec<(&'t str, Json<'t>)>),
}

struct AnyJson;

impl<'t> Deserialize<'t> for Json<'t> {
    fn deserialize<D: Deserializer<'t>>(from: D) -> Result<Json<'t>, D::Error> {
        from.deserialize_any(AnyJson)
    }
}

impl<'t> Visitor<'t> for AnyJson {
    type Value = Json<'t>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a text, a number from 0, a list or an object")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<Json<'t>, E> {
        Ok(Json::Text(text))
    }

    /// One that the reader had to put together.
    fn visit_str<E: Error>(self, _: &str) -> Result<Json<'t>, E> {
        Err(E::custom(
            "a text with `\\` in it, where there are hexadecimal digits and names of letters, digits and `_`",
        ))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Json<'t>, E> {
        Ok(Json::Number(n))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Json<'t>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut fields: A) -> Result<Json<'t>, A::Error> {
        let mut object = Vec::new();
        while let Some(name) = fields.next_key::<Json>()? {
            let Json::Text(name) = name else { return Err(A::Error::custom("a name is a text")) };
            object.push((name, fields.next_value()?));
        }
        Ok(Json::Object(object))
    }
}

/// A file, and what such files are called.
struct File<'t> {
    input: &'t Input,
    what: &'static str,
}

impl<'t> File<'t> {
    fn error(&self, at: Range<usize>, why: String) -> InputError {
        self.input.error(at, why, format!("{} are written by `avm prove`", self.what))
    }

    /// Where a slice of the text is.
    fn span(&self, slice: &str) -> Range<usize> {
        let start = (slice.as_ptr() as usize).saturating_sub(self.input.text().as_ptr() as usize);
        start..start + slice.len()
    }

    fn json(&self) -> Result<Json<'t>, InputError> {
        serde_json::from_str(self.input.text()).map_err(|e| {
            let text = e.to_string();
            let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why);
            self.error(self.input.at(e.line(), e.column()), why.into())
        })
    }

    /// What an object has by these names, and where: each once, and nothing else.
    fn fields<const N: usize>(
        &self,
        json: Json<'t>,
        names: [&str; N],
    ) -> Result<[(Range<usize>, Json<'t>); N], InputError> {
        let Json::Object(fields) = json else { return Err(self.error(0..0, "expected an object".into())) };
        self.each_once(fields.iter().map(|(name, _)| *name))?;
        if let Some((name, _)) = fields.iter().find(|(name, _)| !names.contains(name)) {
            let why = format!("unknown field `{name}`, expected {}", names.map(|n| format!("`{n}`")).join(", "));
            return Err(self.error(self.span(name), why));
        }
        let mut found: BTreeMap<_, _> =
            fields.into_iter().map(|(name, json)| (name, (self.span(name), json))).collect();
        let mut field = |name: &str| found.remove(name).ok_or_else(|| self.error(0..0, format!("no `{name}`")));
        let found: Vec<_> = names.iter().map(|name| field(name)).collect::<Result<_, _>>()?;
        found.try_into().map_err(|_| self.error(0..0, "expected an object".into()))
    }

    /// Refuses a name that is there twice: nobody could tell which is meant.
    fn each_once(&self, names: impl Iterator<Item = &'t str>) -> Result<(), InputError> {
        let mut seen = BTreeMap::new();
        for name in names {
            if let Some(first) = seen.insert(name, self.span(name)) {
                let (line, column) = self.input.place(first.start);
                let why = format!("`{name}` is given a second time: the first is in line {line}, column {column}");
                return Err(self.error(self.span(name), why));
            }
        }
        Ok(())
    }

    fn text(&self, (at, json): (Range<usize>, Json<'t>)) -> Result<&'t str, InputError> {
        match json {
            Json::Text(text) => Ok(text),
            _ => Err(self.error(at, "this is not a text".into())),
        }
    }

    /// Digits by name. Large ones are made small, so that the same number is the same text.
    fn digits(
        &self,
        (at, json): (Range<usize>, Json<'t>),
        hashes: bool,
    ) -> Result<BTreeMap<String, String>, InputError> {
        let Json::Object(fields) = json else {
            return Err(self.error(at, "this is not an object of hexadecimal digits by name".into()));
        };
        self.each_once(fields.iter().map(|(name, _)| *name))?;
        let digits = |(name, value): (&'t str, Json<'t>)| {
            if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                return Err(self.error(self.span(name), format!("{name:?} is no name of a hash or of a part")));
            }
            let Json::Text(digits) = value else {
                return Err(self.error(self.span(name), format!("`{name}` is not a text of hexadecimal digits")));
            };
            let span = self.span(digits);
            if let Some(at) = digits.find(|c: char| !c.is_ascii_hexdigit()) {
                let at = span.start + at;
                return Err(self.error(at..at, format!("`{name}` has a character that is no hexadecimal digit")));
            }
            if hashes && digits.len() != HASH_DIGITS {
                let why = format!("`{name}` has {} digits: a hash is 32 bytes, {HASH_DIGITS} digits", digits.len());
                return Err(self.error(span, why));
            }
            if digits.len() % 2 != 0 {
                return Err(self.error(span, format!("`{name}` is not an even number of hexadecimal digits")));
            }
            Ok((name.to_string(), digits.to_ascii_lowercase()))
        };
        fields.into_iter().map(digits).collect()
    }
}

impl Proof {
    /// Reads a file.
    ///
    /// # Errors
    /// It is no proof: with line and column.
    pub fn read(input: &Input) -> Result<Proof, InputError> {
        let file = File { input, what: "proofs" };
        let names = ["machine", "step", "before", "after", "proof"];
        let [machine, step, before, after, proof] = file.fields(file.json()?, names)?;
        let step = match step {
            (_, Json::Number(step)) => step,
            (at, _) => return Err(file.error(at, "`step` is not a number from 0".into())),
        };
        Ok(Proof {
            machine: file.text(machine)?.into(),
            step,
            before: file.digits(before, true)?,
            after: file.digits(after, true)?,
            proof: file.digits(proof, false)?,
        })
    }
}

impl Claims {
    /// Reads a file. All states have the same hashes.
    ///
    /// # Errors
    /// It is none: with line and column.
    pub fn read(input: &Input) -> Result<Claims, InputError> {
        let file = File { input, what: "claims" };
        let [machine, claims] = file.fields(file.json()?, ["machine", "claims"])?;
        let machine = file.text(machine)?.into();
        let (list, states) = match claims {
            (at, Json::List(states)) => (at, states),
            (at, _) => return Err(file.error(at, "`claims` is not a list".into())),
        };
        let mut claims: Vec<Claim> = Vec::with_capacity(states.len());
        for (step, state) in states.into_iter().enumerate() {
            let at = match &state {
                Json::Object(fields) => fields.first().map(|(name, _)| file.span(name)),
                _ => None,
            };
            let at = at.unwrap_or(list.clone());
            let claim = file.digits((at.clone(), state), true)?;
            if claims.first().is_some_and(|first| !claim.keys().eq(first.keys())) {
                let why = format!("state {step} has not the hashes that state 0 has");
                return Err(file.error(at, why));
            }
            claims.push(claim);
        }
        Ok(Claims { machine, claims })
    }
}
