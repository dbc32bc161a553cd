// SPDX-License-Identifier: MIT OR Apache-2.0
//! Changes of code: N13.

use avm_ledger::tx::{Act, CodeChange, Refusal, Transaction};
use avm_sim::algorand::exception::{Cause, Outcome};

use crate::support::*;

const ONE: &str = ".method value public\n const 1\n ireturn\n.method other public\n.arg a 8\n return\n";
const TWO: &str =
    ".method value public\n nop\n const 2\n ireturn\n.method other public\n.arg a 8\n return\n.method more\n return\n";

fn value(net: &Net, app: u64) -> Transaction {
    net.sign(net.call(1, app, 0, &[], &[]))
}

/// The block that has a change runs the code from before it; the commitment has the code from after it.
#[test]
fn n13_code_changes_with_the_next_block() {
    let mut net = Net::new();
    let app = PROBE + 1;
    let install = net.change(app, Act::Install(assembled(ONE)));
    let receipts = net.take(vec![install, value(&net, app)]);
    assert_eq!(receipts[1].outcome, Some(Outcome::Exception(Cause::Application.code())), "not in its own block");
    let update = net.change(app, Act::Update(assembled(TWO)));
    let receipts = net.take(
        vec![value(&net, app), update, value(&net, app)]
            .into_iter()
            .enumerate()
            .map(|(n, t)| {
                // The two calls are different transactions.
                if n == 2 { net.sign(net.call(2, app, 0, &[], &[])) } else { t }
            })
            .collect(),
    );
    let values: Vec<_> = receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(values, [Some(Outcome::Returned(Some(1))), None, Some(Outcome::Returned(Some(1)))]);
    assert_eq!(net.take(vec![value(&net, app)])[0].outcome, Some(Outcome::Returned(Some(2))));
    let remove = net.change(app, Act::Remove);
    let receipts = net.take(vec![remove, value(&net, app)]);
    assert_eq!(receipts[1].outcome, Some(Outcome::Returned(Some(2))));
    assert_eq!(net.outcome(value(&net, app)), Outcome::Exception(Cause::Application.code()));
}

/// An identity is given once.
#[test]
fn n13_identities_are_never_reused() {
    let mut net = Net::new();
    let app = PROBE + 1;
    net.install(app, ONE);
    net.take(vec![net.change(app, Act::Remove)]);
    let offer = |app, act| net.offer(net.change(app, act));
    let refused = Err(Refusal::Inadmissible(thrown(2)));
    for wrong in [app, app + 2, 2, u64::MAX] {
        assert_eq!(offer(wrong, Act::Install(assembled(ONE))), refused, "{wrong}");
    }
    assert!(offer(app + 1, Act::Install(assembled(ONE))).is_ok());
    assert!(matches!(offer(PROBE, Act::Install(assembled(ONE))), Err(Refusal::Field(_))), "it is there");
    assert!(matches!(offer(app, Act::Update(assembled(ONE))), Err(Refusal::Field(_))), "it is gone");
    assert!(matches!(offer(app, Act::Remove), Err(Refusal::Field(_))));
    assert!(matches!(offer(MAIN, Act::Remove), Err(Refusal::Field(_))));
}

/// A change is made once, and in order.
#[test]
fn n13_changes_are_numbered() {
    let mut net = Net::new();
    let app = PROBE + 1;
    net.install(app, ONE);
    let update = net.change(app, Act::Update(assembled(TWO)));
    let back = net.change(app, Act::Update(assembled(TWO)));
    net.take(vec![update.clone()]);
    assert_eq!(net.offer(update), Err(Refusal::Inadmissible(thrown(2))), "replayed");
    assert_eq!(net.offer(back), Err(Refusal::Inadmissible(thrown(2))));
    // One for each application, four in all.
    let twice = vec![net.change(app, Act::Update(assembled(TWO))), net.change(app, Act::Remove)];
    assert!(matches!(net.propose(twice).refused[..], [(1, Refusal::Field(_))]));
    let installs = (0..5).map(|n| {
        let sequence = net.treasury().changes + n;
        let change = CodeChange { act: Act::Install(assembled(ONE)), sequence, app: app + 1 + n, votes: vec![] };
        change.voted(net.genesis, &[&key(0), &key(1), &key(2)])
    });
    assert_eq!(net.propose(installs.collect()).refused, [(4, Refusal::Full)]);
}

/// What others have written down of a contract stays: index, access, argument bytes.
#[test]
fn n13_methods_keep_their_index() {
    let mut net = Net::new();
    let app = PROBE + 1;
    net.install(app, ONE);
    let update = |source: &str| net.offer(net.change(app, Act::Update(assembled(source))));
    assert!(update(TWO).is_ok());
    let wrong = [
        (".method value public\n return\n", "fewer"),
        (".method value\n return\n.method other public\n.arg a 8\n return\n", "private"),
        (".method value public\n return\n.method other public\n return\n", "other arguments"),
        (".method other public\n.arg a 8\n return\n.method value public\n return\n", "swapped"),
    ];
    for (source, what) in wrong {
        assert!(matches!(update(source), Err(Refusal::Field(_))), "{what}");
    }
    let garbage = net.change(app, Act::Update(vec![1, 2, 3]));
    assert!(matches!(net.offer(garbage), Err(Refusal::Field(_))));
}

/// More than two thirds of the money, by who has it.
#[test]
fn n13_changes_are_voted_for() {
    let net = Net::new();
    let by = |keys: &[u64]| {
        let keys: Vec<_> = keys.iter().map(|n| key(*n)).collect();
        let change = CodeChange {
            act: Act::Install(assembled(ONE)),
            sequence: net.treasury().changes,
            app: PROBE + 1,
            votes: vec![],
        };
        change.voted(net.genesis, &keys.iter().collect::<Vec<_>>())
    };
    assert!(net.offer(by(&[0, 1, 2])).is_ok());
    for light in [&[][..], &[0], &[0, 1], &[0, 1, 90], &[90, 91, 92]] {
        assert!(matches!(net.offer(by(light)), Err(Refusal::Votes(_))), "{light:?}");
    }
    let Transaction::Code(mut doubled) = by(&[0, 1]) else { unreachable!() };
    doubled.votes.push(doubled.votes[1]);
    assert!(matches!(net.offer(Transaction::Code(doubled)), Err(Refusal::Votes(_))));
    // A vote is for one change of one network.
    let Transaction::Code(mut other) = by(&[0, 1, 2]) else { unreachable!() };
    other.act = Act::Install(assembled(TWO));
    assert!(matches!(net.offer(Transaction::Code(other)), Err(Refusal::Forged(_))));
}
