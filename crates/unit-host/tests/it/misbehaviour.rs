//! What a plugin can do wrong while it checks, in the text format, and the code
//! of the failure that it makes. The tests play it, and the benchmarks ask a good
//! plugin beside it.

use crate::guest::{UnitGuest, findings};

pub(crate) const ENDLESS: &str = "(loop $again (br $again)) unreachable";

/// A check that goes round so often and finds nothing.
pub(crate) fn slow_check(rounds: u64) -> String {
    format!(
        "(local $left i64) (local.set $left (i64.const {rounds}))
         (loop $again (local.set $left (i64.sub (local.get $left) (i64.const 1)))
           (br_if $again (i64.ne (local.get $left) (i64.const 0))))
         (i32.store8 (i32.const 100000) (i32.const 0))
         (i64.store (i32.const 100004) (i64.const 0)) (i32.const 100000)"
    )
}

/// Code, name and plugin.
pub(crate) fn misbehaviours() -> Vec<(&'static str, &'static str, UnitGuest)> {
    let recursion = UnitGuest {
        extra: "(func $deeper (param i64 i64 i64 i64) (result i32)
                  (i32.add (call $deeper (local.get 3) (local.get 2) (local.get 1) (local.get 0)) (i32.const 1)))"
            .to_owned(),
        ..UnitGuest::checking(
            "(call $deeper (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4))",
        )
    };
    let table_bomb = UnitGuest {
        extra: "(table $t 1 funcref)".to_owned(),
        ..UnitGuest::checking(
            "(loop $again (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 10000)) (i32.const -1)))) unreachable",
        )
    };
    let mut many = UnitGuest::good();
    let address = findings(&mut many.image, 2_001);
    many.check = format!("i32.const {address}");

    vec![
        ("took-too-long", "an endless loop", UnitGuest::checking(ENDLESS)),
        (
            "out-of-memory",
            "all memory, each page written",
            UnitGuest::checking(
                "(loop $again
                   (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
                   (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)) (i32.const 1))
                   (br $again)) unreachable",
            ),
        ),
        ("out-of-memory", "all of a table", table_bomb),
        ("stack-overflow", "endless recursion", recursion),
        ("trapped", "a trap", UnitGuest::checking("unreachable")),
        (
            "trapped",
            "a log line before the trap",
            UnitGuest::checking("(call $log (i32.const 4096) (i32.const 3)) unreachable"),
        ),
        (
            "trapped",
            "an answer that lies outside of memory",
            UnitGuest::checking("(i32.const -16)"),
        ),
        (
            "trapped",
            "a list of four thousand million findings",
            UnitGuest::checking(
                "(i32.store8 (i32.const 100000) (i32.const 0))
                 (i32.store (i32.const 100004) (i32.const 0))
                 (i32.store (i32.const 100008) (i32.const -1))
                 (i32.const 100000)",
            ),
        ),
        (
            "trapped",
            "a message of 1 GiB that is not there",
            UnitGuest::checking(
                "(drop (memory.grow (i32.const 4)))
                 (i32.store (i32.const 2621444) (i32.const 2621696))
                 (i32.store (i32.const 2621448) (i32.const 1))
                 (i32.store (i32.const 2621696) (i32.const 4096))
                 (i32.store (i32.const 2621700) (i32.const 1073741824))
                 (i32.const 2621440)",
            ),
        ),
        (
            "trapped",
            "bytes that are no UTF-8 in place of a rule",
            UnitGuest::checking(
                "(drop (memory.grow (i32.const 4)))
                 (i32.store (i32.const 2621444) (i32.const 2621696))
                 (i32.store (i32.const 2621448) (i32.const 1))
                 (i32.store (i32.const 2621696) (i32.const 2700000))
                 (i32.store (i32.const 2621700) (i32.const 2))
                 (i32.store16 (i32.const 2700000) (i32.const 0xffff))
                 (i32.const 2621440)",
            ),
        ),
        (
            "too-much-output",
            "200,000 findings that are there",
            UnitGuest::checking(
                "(drop (memory.grow (i32.const 480)))
                 (i32.store (i32.const 100004) (i32.const 262144))
                 (i32.store (i32.const 100008) (i32.const 200000))
                 (i32.const 100000)",
            ),
        ),
        ("too-much-output", "one finding too many", many),
        (
            "trapped",
            "a verdict of no known case",
            UnitGuest::checking("(i32.store8 (i32.const 100000) (i32.const 9)) (i32.const 100000)"),
        ),
        (
            "too-much-output",
            "a log line of 20 MiB",
            UnitGuest::checking(
                "(drop (memory.grow (i32.const 480)))
                 (call $log (i32.const 0) (i32.const 20971520)) (i32.const 0)",
            ),
        ),
        (
            "took-too-long",
            "log lines without end",
            UnitGuest::checking(
                "(loop $again (call $log (i32.const 200000) (i32.const 1000)) (br $again)) unreachable",
            ),
        ),
    ]
}
