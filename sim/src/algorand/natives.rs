// SPDX-License-Identifier: MIT OR Apache-2.0
//! Native methods (D23), computed by the hosting machine and reached by `invoke_native`. The table says what
//! each costs. All but one are pure functions of the argument bytes, those of published crates; `authorized`
//! looks at the signatures that came with the call (decision 0022).
//!
//! The interpreter and the host side call [`apply`]; the core only knows the table, through the
//! generated package.

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::Digest as _;

use super::authority::Authority;

/// How everything begins that a node's keys sign (`docs/ledger/transactions.md`). `ed25519_verify` refuses such
/// messages, so that a signature made for a transaction is nothing that a contract can be shown.
pub const SIGNED_DOMAIN: [u8; 16] = *b"AVM signature 1\0";

/// One native method; its number is its index in [`NATIVES`].
#[derive(Clone, Copy, Debug)]
pub struct Native {
    /// Name, usable as the operand of `invoke_native`.
    pub name: &'static str,
    /// Fuel of a call without argument bytes.
    pub base: u16,
    /// log2 of the fuel for every 8 argument bytes begun: a shift, so that the decoder needs no multiplier.
    pub rate_log2: u8,
    /// Fewest argument bytes; with less it throws `arguments`.
    pub least: u16,
    /// Cells pushed, 1 to 4, first bytes on top.
    pub results: u8,
    /// One line of meaning.
    pub meaning: &'static str,
}

impl Native {
    /// Fuel of a call with this many argument bytes: base + rate x ceil(bytes / 8).
    pub const fn fuel(&self, bytes: usize) -> i64 {
        self.base as i64 + ((bytes.div_ceil(8) as i64) << self.rate_log2)
    }
}

/// The table of natives.
pub const NATIVES: &[Native] = &[
    Native { name: "sha256", base: 64, rate_log2: 3, least: 0, results: 4, meaning: "SHA-256 of the arguments" },
    Native {
        name: "sha512_256",
        base: 96,
        rate_log2: 4,
        least: 0,
        results: 4,
        meaning: "SHA-512/256 of the arguments",
    },
    Native {
        name: "keccak256",
        base: 128,
        rate_log2: 5,
        least: 0,
        results: 4,
        meaning: "Keccak-256 (not SHA3-256) of the arguments",
    },
    Native {
        name: "ed25519_verify",
        base: 4096,
        rate_log2: 4,
        least: 96,
        results: 1,
        meaning: "1 if bytes 32 to 95 are a signature of the bytes from 96 on by the public key in bytes 0 to 31, else 0; 0 for \
                  bytes that begin as what is signed for transactions",
    },
    Native {
        name: "authorized",
        base: 64,
        rate_log2: 3,
        least: 32,
        results: 1,
        meaning: "1 if the transaction brought a signature of the bytes from 32 on, for the working application, by the public \
                  key in bytes 0 to 31, and it is not used yet: it is then; else 0. Outside a node 0",
    },
];

/// The native of this number.
pub fn by_number(number: usize) -> Option<&'static Native> {
    NATIVES.get(number)
}

/// The number of a native, by name.
pub fn by_name(name: &str) -> Option<u16> {
    NATIVES.iter().position(|n| n.name == name).map(|i| i as u16)
}

/// Applies a native in the segment of `app`; the result cells, top of the stack first. `None` for an unknown
/// number or too few bytes.
pub fn apply(number: usize, bytes: &[u8], app: u64, authority: &mut Authority) -> Option<Vec<u64>> {
    let native = by_number(number)?;
    if bytes.len() < native.least.into() {
        return None;
    }
    Some(match number {
        0 => cells(&sha2::Sha256::digest(bytes)),
        1 => cells(&sha2::Sha512_256::digest(bytes)),
        2 => cells(&sha3::Keccak256::digest(bytes)),
        3 => vec![u64::from(verifies(bytes))],
        _ => vec![u64::from(authority.ask(app, bytes))],
    })
}

fn cells(digest: &[u8]) -> Vec<u64> {
    digest.chunks_exact(8).map(|c| u64::from_le_bytes(c.try_into().expect("8 bytes"))).collect()
}

/// Strict verification, as consensus needs it: no small-order keys, no malleable signatures.
fn verifies(bytes: &[u8]) -> bool {
    let (key, rest) = bytes.split_at(32);
    let (signature, message) = rest.split_at(64);
    if message.starts_with(&SIGNED_DOMAIN) {
        return false;
    }
    let Ok(key) = VerifyingKey::from_bytes(key.try_into().expect("32 bytes")) else { return false };
    let signature = Signature::from_bytes(signature.try_into().expect("64 bytes"));
    key.verify_strict(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};

    /// In nobody's segment, outside a node.
    fn apply(number: usize, bytes: &[u8]) -> Option<Vec<u64>> {
        super::apply(number, bytes, 0, &mut Authority::default())
    }

    /// Bytes of a hexadecimal text.
    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(pair).collect()
    }

    /// The digest that a native's cells stand for: top first, little-endian.
    fn digest(name: &str, bytes: &[u8]) -> Vec<u8> {
        let cells = apply(by_name(name).unwrap().into(), bytes).unwrap();
        assert_eq!(cells.len(), 4);
        cells.iter().flat_map(|cell| cell.to_le_bytes()).collect()
    }

    const TWO_BLOCKS: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

    /// FIPS 180-4 (NIST, "SHA256.pdf" of the examples): one block, two blocks, nothing.
    #[test]
    fn sha256() {
        let rows: [(&[u8], &str); 3] = [
            (b"abc", "ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad"),
            (TWO_BLOCKS, "248d6a61 d20638b8 e5c02693 0c3e6039 a33ce459 64ff2167 f6ecedd4 19db06c1"),
            (b"", "e3b0c442 98fc1c14 9afbf4c8 996fb924 27ae41e4 649b934c a495991b 7852b855"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(digest("sha256", bytes), hex(expected));
        }
    }

    /// FIPS 180-4 (NIST, "SHA512_256.pdf" of the examples), and nothing.
    #[test]
    fn sha512_256() {
        let long = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn\
            hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
        let rows: [(&[u8], &str); 3] = [
            (b"abc", "53048e2681941ef9 9b2e29b76b4c7dab e4c2d0c634fc6d46 e0e2f13107e7af23"),
            (long, "3928e184fb8690f8 40da3988121d31be 65cb9d3ef83ee614 6feac861e19b563a"),
            (b"", "c672b8d1ef56ed28 ab87c3622c511406 9bdd3ad7b8f97374 98d0c01ecef0967a"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(digest("sha512_256", bytes), hex(expected));
        }
    }

    /// The Keccak team's padding, not that of SHA3-256 (whose digest of nothing is a7ffc6f8...).
    #[test]
    fn keccak256() {
        let rows: [(&[u8], &str); 2] = [
            (b"", "c5d2460186f7233c 927e7db2dcc703c0 e500b653ca82273b 7bfad8045d85a470"),
            (b"abc", "4e03657aea45a94f c7d47ba826c8d667 c0d1e6e33a64a036 ec44f58fa12d6c45"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(digest("keccak256", bytes), hex(expected));
        }
    }

    /// Key, message and signature of RFC 8032, section 7.1, tests 1 to 3.
    const RFC_8032: [[&str; 4]; 3] = [
        [
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
    ];

    fn verify(bytes: &[u8]) -> Vec<u64> {
        apply(by_name("ed25519_verify").unwrap().into(), bytes).unwrap()
    }

    #[test]
    fn ed25519() {
        for [key, message, r, s] in RFC_8032 {
            let good = hex(&[key, r, s, message].concat());
            assert_eq!(verify(&good), [1]);
            for bit in 0..8 * good.len() {
                let mut bad = good.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(verify(&bad), [0], "bit {bit} of {key}");
            }
            assert_eq!(verify(&[&good[..], &[0]].concat()), [0], "a byte more");
        }
        let [key, _, r, s] = RFC_8032[0];
        assert_eq!(verify(&hex(&[key, r, s, "72"].concat())), [0], "another message");
    }

    /// Decision 0022: what is signed for a transaction cannot be shown to a contract.
    #[test]
    fn signatures_for_transactions_are_refused() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let shown = |message: &[u8]| {
            verify(&[&key.verifying_key().to_bytes()[..], &key.sign(message).to_bytes(), message].concat())
        };
        let signed = [&SIGNED_DOMAIN[..], b"T"].concat();
        assert_eq!((shown(&signed), shown(&SIGNED_DOMAIN)), (vec![0], vec![0]));
        assert_eq!((shown(&signed[1..]), shown(&SIGNED_DOMAIN[..15])), (vec![1], vec![1]));
    }

    /// Strict: s + L is refused, and so is the key of small order under which everything verifies.
    #[test]
    fn malleable_signatures_and_weak_keys_are_refused() {
        let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let [key, message, r, s] = RFC_8032[1];
        let (mut sum, mut carry) = (hex(s), 0);
        for (digit, more) in sum.iter_mut().zip(&order) {
            let total = u16::from(*digit) + u16::from(*more) + carry;
            carry = total >> 8;
            *digit = total as u8;
        }
        assert_eq!(verify(&[hex(key), hex(r), sum, hex(message)].concat()), [0]);
        // Key and R the neutral element, s = 0: R = sB - kA for every k.
        let mut weak = vec![0; 96];
        weak[0] = 1;
        weak[32] = 1;
        assert_eq!(verify(&weak), [0]);
    }

    #[test]
    fn unknown_numbers_and_too_few_bytes() {
        assert!(by_number(NATIVES.len()).is_none() && by_name("sha1").is_none());
        assert_eq!(apply(NATIVES.len(), &[]), None);
        assert_eq!(apply(usize::MAX, &[]), None);
        for (number, native) in NATIVES.iter().enumerate() {
            let least = usize::from(native.least);
            assert_eq!(apply(number, &vec![0; least]).map(|cells| cells.len()), Some(native.results.into()));
            if least > 0 {
                assert_eq!(apply(number, &vec![0; least - 1]), None);
            }
            assert!((1..=4).contains(&native.results));
            assert_eq!(by_name(native.name).map(usize::from), Some(number));
        }
    }

    /// Base + rate x ceil(bytes / 8) of the reference page.
    #[test]
    fn fuel() {
        let of = |name: &str, bytes| by_number(by_name(name).unwrap().into()).unwrap().fuel(bytes);
        assert_eq!([0, 1, 8, 9, 2_048].map(|n| of("sha256", n)), [64, 72, 72, 80, 64 + 2_048]);
        assert_eq!([0, 8, 16].map(|n| of("sha512_256", n)), [96, 112, 128]);
        assert_eq!([0, 8, 17].map(|n| of("keccak256", n)), [128, 160, 224]);
        assert_eq!([95, 96, 97].map(|n| of("ed25519_verify", n)), [4_288, 4_288, 4_304]);
        assert_eq!([32, 33, 80].map(|n| of("authorized", n)), [96, 104, 144]);
    }
}
