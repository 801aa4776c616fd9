//! What a plugin is made of: units that check evidence, and readers that turn
//! files into text.
//!
//! A plugin is a WebAssembly component. It has no network, files, clock or
//! random numbers; each call runs in a fresh instance, and the same inputs must
//! give the same answer. This crate holds the interface (`wit/unit-1.0.0/unit.wit`
//! and `wit/reader-1.0.0/reader.wit`), the generated types ([`wit`] for units,
//! [`reader::wit`] for readers) and what makes them pleasant to use, so that a
//! plugin needs no other dependency.
//!
//! # A first unit
//!
//! A crate with `crate-type = ["cdylib", "rlib"]` and this text is a whole unit:
//!
//! ```
//! use unit_sdk::describe::{criterion, declaration_slot, document_slot, outcome, unit};
//! use unit_sdk::checks::Checks;
//! use unit_sdk::{Evidence, Plugin, plugin, wit};
//!
//! struct FireSafety;
//!
//! impl Plugin for FireSafety {
//!     fn describe() -> wit::Unit {
//!         unit("acme-101", "1.0.0", "101", "Fire safety in a workshop")
//!             .awarding_body("acme", "Acme Awards")
//!             .outcome(
//!                 outcome("1", "Know what to do in a fire").criterion(
//!                     criterion("1.1", &["describe"], "Describe the way out of the workshop")
//!                         .marks(10, 5),
//!                 ),
//!             )
//!             .slot(document_slot("assignment", "Assignment", "One file with all answers."))
//!             .slot(declaration_slot("declaration", "Declaration", "This is my own work."))
//!             .rule("section-found", "Sections", "Looks for the heading of each criterion.")
//!     }
//!
//!     fn check(
//!         evidence: Evidence<'_>,
//!         context: &wit::Context,
//!         _previous: Option<&wit::Attempt>,
//!     ) -> Result<Vec<wit::Finding>, wit::PluginError> {
//!         Ok(Checks::new(evidence, &Self::describe(), context).section_found())
//!     }
//! }
//!
//! plugin!(FireSafety);
//! # fn main() {}
//! ```
//!
//! - [`describe`] builds the unit: pages, import templates and the mark sheet
//!   are all drawn from it, so a unit brings no HTML.
//! - [`Evidence`] is what the learner handed in. The host has found the sections
//!   and counted the words already.
//! - [`checks`] holds the checks that most units share; [`finding()`] writes your own.
//! - [`lexicon`] finds words and phrases, so that word lists are plain data.
//! - [`marking`] works the mark sheet. [`Plugin::evaluate`] and [`Plugin::grade`]
//!   use it unless you write your own.
//! - [`testing`] makes evidence for native tests: `cargo test` needs no WebAssembly.
//!
//! A finding advises and carries no mark. Speak to the learner as you would in
//! the room: "We could not find …", never "You failed to …".
//!
//! # A first reader
//!
//! Implement [`reader::Reader`] and name the type in [`reader!`].

pub mod checks;
pub mod dates;
pub mod describe;
mod evidence;
pub mod finding;
pub mod lexicon;
pub mod marking;
#[cfg(any(target_arch = "wasm32", test))]
mod memory;
pub mod reader;
pub mod testing;
pub mod text;

pub use evidence::{Block, Document, Evidence, Row, Section, Table};
pub use finding::{Status, finding};

/// The types of the unit interface, as `wit/unit-1.0.0/unit.wit` documents them.
pub mod wit {
    pub use crate::bindings::unit::markbridge::unit::types::*;
}

/// Generated code, used by [`plugin!`] and [`reader!`]; not for plugin authors.
#[doc(hidden)]
#[expect(
    clippy::pedantic,
    reason = "generated from the interface files, which carry the documentation"
)]
pub mod bindings {
    /// The unit's types, with what else they derive.
    macro_rules! unit_bindings {
        ($($derive:tt)*) => {
            pub mod unit {
                wit_bindgen::generate!({
                    path: "wit/unit-1.0.0",
                    world: "unit-plugin",
                    generate_all,
                    generate_unused_types: true,
                    additional_derives: [PartialEq $($derive)*],
                    pub_export_macro: true,
                    export_macro_name: "export_unit_plugin",
                });
            }
        };
    }

    #[cfg(not(feature = "serde"))]
    unit_bindings!();
    #[cfg(feature = "serde")]
    unit_bindings!(, serde::Serialize, serde::Deserialize);

    pub mod reader {
        wit_bindgen::generate!({
            path: "wit/reader-1.0.0",
            world: "reader-plugin",
            generate_all,
            generate_unused_types: true,
            additional_derives: [PartialEq],
            pub_export_macro: true,
            export_macro_name: "export_reader_plugin",
        });
    }
}

/// A unit. The mark sheet works as awarding bodies' sheets usually do unless
/// [`evaluate`](Plugin::evaluate) and [`grade`](Plugin::grade) are written anew.
pub trait Plugin {
    /// Says what the unit is. Must give the same answer each time.
    fn describe() -> wit::Unit;

    /// Looks through the evidence; `previous` is the latest earlier submission.
    ///
    /// # Errors
    ///
    /// A [`wit::PluginError`] where the evidence is not what the unit describes;
    /// the assessor then reads that the check could not run.
    fn check(
        evidence: Evidence<'_>,
        context: &wit::Context,
        previous: Option<&wit::Attempt>,
    ) -> Result<Vec<wit::Finding>, wit::PluginError>;

    /// Works out what the assessor's sheet comes to, finished or not.
    ///
    /// # Errors
    ///
    /// As [`marking::evaluate`].
    fn evaluate(
        sheet: &wit::Sheet,
        _context: &wit::Context,
    ) -> Result<wit::ResultSheet, wit::PluginError> {
        marking::evaluate(&Self::describe(), sheet)
    }

    /// Says what the gradebook gets; `None` sends nothing.
    ///
    /// # Errors
    ///
    /// None unless a unit writes its own.
    fn grade(
        outcome: &wit::ResultSheet,
        context: &wit::Context,
    ) -> Result<Option<wit::GradebookEntry>, wit::PluginError> {
        Ok(marking::grade(&Self::describe(), outcome, context))
    }
}

/// Makes the named type the component's unit. Once for each crate.
///
/// Off WebAssembly it only proves that the type is a [`Plugin`], so that several
/// units can be linked into one test.
#[macro_export]
macro_rules! plugin {
    ($unit:ty) => {
        const _: () = {
            const fn is_plugin<T: $crate::Plugin>() {}
            is_plugin::<$unit>();
        };

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bindings::unit::exports::markbridge::unit::plugin::Guest;
            use $crate::{Evidence, Plugin, wit};

            struct Component;

            impl Guest for Component {
                fn describe() -> Result<wit::Unit, wit::PluginError> {
                    $crate::write_panics_to_unit_log();
                    Ok(<$unit as Plugin>::describe())
                }

                fn check(
                    evidence: wit::Evidence,
                    context: wit::Context,
                    previous: Option<wit::Attempt>,
                ) -> Result<Vec<wit::Finding>, wit::PluginError> {
                    $crate::write_panics_to_unit_log();
                    <$unit as Plugin>::check(Evidence::new(&evidence), &context, previous.as_ref())
                }

                fn evaluate(
                    sheet: wit::Sheet,
                    context: wit::Context,
                ) -> Result<wit::ResultSheet, wit::PluginError> {
                    $crate::write_panics_to_unit_log();
                    <$unit as Plugin>::evaluate(&sheet, &context)
                }

                fn grade(
                    outcome: wit::ResultSheet,
                    context: wit::Context,
                ) -> Result<Option<wit::GradebookEntry>, wit::PluginError> {
                    $crate::write_panics_to_unit_log();
                    <$unit as Plugin>::grade(&outcome, &context)
                }
            }

            $crate::bindings::unit::export_unit_plugin!(
                Component with_types_in $crate::bindings::unit
            );
        };
    };
}

/// Makes the named type the component's reader. Once for each crate.
#[macro_export]
macro_rules! reader {
    ($reader:ty) => {
        const _: () = {
            const fn is_reader<T: $crate::reader::Reader>() {}
            is_reader::<$reader>();
        };

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bindings::reader::exports::markbridge::reader::plugin::Guest;
            use $crate::reader::{Reader, wit};

            struct Component;

            impl Guest for Component {
                fn describe() -> wit::Reader {
                    $crate::write_panics_to_reader_log();
                    <$reader as Reader>::describe()
                }

                fn read(file: wit::File) -> Result<wit::Content, wit::Failure> {
                    $crate::write_panics_to_reader_log();
                    <$reader as Reader>::read(&file)
                }
            }

            $crate::bindings::reader::export_reader_plugin!(
                Component with_types_in $crate::bindings::reader
            );
        };
    };
}

/// Writes a line for the unit's author. On the host, where tests run, it does nothing.
pub fn log(line: &str) {
    if cfg!(target_arch = "wasm32") {
        bindings::unit::markbridge::unit::log::write(line);
    }
}

/// Saves the message of a panic, which the trap that follows does not carry.
#[doc(hidden)]
pub fn write_panics_to_unit_log() {
    std::panic::set_hook(Box::new(|panic| log(&panic.to_string())));
}

/// The same for a reader, whose log is an import of its own.
#[doc(hidden)]
pub fn write_panics_to_reader_log() {
    std::panic::set_hook(Box::new(|panic| reader::log(&panic.to_string())));
}
