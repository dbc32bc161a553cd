// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a call can say that somebody has signed: what native `authorized` looks at (decision 0022).
//!
//! Data only. Who checked the signatures, and what they cover, is the node's business (`avm-ledger`);
//! outside a node there are none, and the native answers 0.

/// A signature that was found to be good: this key has signed this message for this application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `applicationID` of the segment that may ask.
    pub app: u64,
    /// Ed25519 public key, 32 bytes.
    pub key: [u8; 32],
    /// What was signed for the application, without what the node adds to it.
    pub message: Vec<u8>,
}

/// The signatures of a call that have not been used. Each is good for one answer; whatever is rolled back,
/// a used one stays used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    unused: Vec<Grant>,
}

impl Authority {
    /// Signatures; of equal ones, each counts.
    pub fn new(grants: Vec<Grant>) -> Authority {
        Authority { unused: grants }
    }

    /// The signatures that are left.
    pub fn unused(&self) -> &[Grant] {
        &self.unused
    }

    /// Whether `app` may ask for `bytes`, a key and a message: uses a signature up if there is one.
    pub fn ask(&mut self, app: u64, bytes: &[u8]) -> bool {
        let Some((key, message)) = bytes.split_first_chunk::<32>() else { return false };
        let found = self.unused.iter().position(|g| g.app == app && g.key == *key && g.message == message);
        found.map(|at| self.unused.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(app: u64, key: u8, message: &[u8]) -> Grant {
        Grant { app, key: [key; 32], message: message.into() }
    }

    /// Application, key and the whole message count; an answer uses one signature up.
    #[test]
    fn a_signature_answers_once() {
        let question = |key: u8, message: &[u8]| [&[key; 32], message].concat();
        let mut authority = Authority::new(vec![grant(7, 1, b"pay"), grant(7, 1, b"pay"), grant(8, 1, b"pay")]);
        for (app, key, message) in [(6, 1, &b"pay"[..]), (7, 2, b"pay"), (7, 1, b"pa"), (7, 1, b"pays"), (7, 1, b"")] {
            assert!(!authority.ask(app, &question(key, message)), "{app} {key} {message:?}");
        }
        assert!(!authority.ask(7, &[1; 31]));
        assert_eq!(authority.unused().len(), 3, "wrong questions use nothing up");
        let answers = [0; 3].map(|_| authority.ask(7, &question(1, b"pay")));
        assert_eq!(answers, [true, true, false]);
        assert_eq!(authority.unused(), [grant(8, 1, b"pay")]);
    }

    #[test]
    fn a_message_may_be_empty() {
        assert!(Authority::new(vec![grant(7, 1, b"")]).ask(7, &[1; 32]));
    }
}
